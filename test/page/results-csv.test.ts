import { describe, expect, it } from 'vitest';
import { resultsCsv } from '../../src/page/browser/results-csv.ts';

describe('the results of a page as CSV', () => {
  it('have a row for each picture, with the probability of each class', () => {
    const csv = resultsCsv(
      [
        { name: 'a, "b".png', said: 'daisy', probabilities: Float32Array.of(0.75, 0.25) },
        { name: 'notes.txt', said: 'expected a picture; this file is none' },
      ],
      ['daisy', 'rose'],
    );
    expect(csv).toBe(
      'file,class,daisy,rose\r\n"a, ""b"".png",daisy,0.75,0.25\r\nnotes.txt,expected a picture; this file is none,,\r\n',
    );
  });

  it('hold no text that a spreadsheet would compute, and numbers as they are', () => {
    const csv = resultsCsv([{ name: '=1+1.png', said: '@b', probabilities: Float32Array.of(1e-9) }], ['-a']);
    expect(csv).toBe("file,class,'-a\r\n'=1+1.png,'@b,1e-9\r\n");
  });
});
