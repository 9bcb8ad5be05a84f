// @ts-check
/**
 * Prints a command's result, as it comes.
 * @param {import('./command.mjs').Result} result
 * @param {boolean} json
 * @returns {Promise<string | undefined>} what failed
 */
export async function print(result, json) {
  if (!('rows' in result)) {
    console.log(json ? JSON.stringify(result.json, null, 2) : result.text);
    return result.failed;
  }
  let first = true;
  if (json) process.stdout.write('[');
  for await (const row of result.rows) {
    if (json) process.stdout.write(`${first ? '\n' : ',\n'}  ${JSON.stringify(row.json)}`);
    else console.log(row.text);
    first = false;
  }
  if (json) console.log('\n]');
  return result.failed();
}
