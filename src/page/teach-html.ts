import { NOT_TRAINED } from './teach-facts.ts';

/** The body of a page in which a classifier is taught. */
export const TEACH = `<main>
<h1><!--title--></h1>
<p id="state" role="status">Unpacking the network …</p>
<noscript><p>This page needs JavaScript: it computes by itself, on this machine.</p></noscript>
<div class="ways">
<button type="button" id="add">Add a class</button>
<button type="button" id="camera">Camera</button>
<label class="choose">Open a folder of classes<input id="folder" type="file" webkitdirectory multiple></label>
<label class="choose">Open a saved ZIP<input id="open" type="file" accept=".zip,application/zip"></label>
<button type="button" id="save">Save as ZIP</button>
<button type="button" id="undo" hidden>Undo</button>
</div>
<details id="refused" hidden><summary></summary><ul></ul></details>
<div class="sides">
<div id="classes"></div>
<div class="side">
<div id="viewfinder" hidden>
<video playsinline muted aria-label="What the camera sees"></video>
<button type="button" id="camera-off">Close the camera</button>
</div>
<section aria-labelledby="how">
<h2 id="how">How right it is</h2>
<p id="figure">${NOT_TRAINED}</p>
</section>
<section id="try" aria-labelledby="trying">
<h2 id="trying">Try it</h2>
<label class="choose">Choose a picture<input id="choose" type="file" accept="image/*"></label>
<div id="answer" hidden>
<canvas id="seen" role="img" aria-label=""></canvas>
<p id="said" role="status"></p>
<p id="note"></p>
<ol id="bars" aria-label="Classes and their probabilities"></ol>
</div>
</section>
</div>
</div>
<footer>
<p>Pictures stay on this machine: the page computes by itself, and its policy lets it send nothing. They are gone when it is closed: save them as a ZIP.</p>
<!--about-->
</footer>
</main>`;
