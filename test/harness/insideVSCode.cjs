// Loaded by VS Code's extension host as its test runner: runs the bundled suites with mocha. VS Code itself ends with 0
// when its extension host crashes; the reporter's result file, which then is missing, tells the truth.
const fs = require('node:fs');
const path = require('node:path');
const Mocha = require('mocha');

exports.run = async () => {
  process.setSourceMapsEnabled(true);
  const mocha = new Mocha({ timeout: 30_000, reporter: process.env.TEST_REPORTER, color: false });
  const folder = process.env.TEST_BUNDLES;
  for (const name of fs.readdirSync(folder).sort()) mocha.addFile(path.join(folder, name));
  await mocha.loadFilesAsync();
  await new Promise((resolve, reject) =>
    mocha.run((failures) => (failures > 0 ? reject(new Error(`${failures} tests failed.`)) : resolve())),
  );
};
