// The reference page in a browser without a screen: all that the document has is shown, linked, and found.
'use strict';
const assert = require('node:assert');
const [modules, url] = process.argv.slice(2);
const {JSDOM, VirtualConsole} = require(modules);

const errors = [];
const virtualConsole = new VirtualConsole();
virtualConsole.on('jsdomError', error => errors.push(error));

(async () => {
  const api = await (await fetch(url + '/v1/openapi.json')).json();
  const dom = await JSDOM.fromURL(url + '/docs', {
    runScripts: 'dangerously', virtualConsole,
    beforeParse: window => { window.fetch = path => fetch(new URL(path, url)); }
  });
  const document = dom.window.document;
  for (let i = 0; i < 200 && !document.querySelector('section'); ++i) await new Promise(done => setTimeout(done, 50));
  const operations = Object.values(api.paths).flatMap(methods => Object.values(methods));
  const sections = [...document.querySelectorAll('section')];
  assert.equal(sections.length, operations.length + Object.keys(api.components.schemas).length +
    Object.keys(api['x-problems']).length);
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    assert.ok(document.getElementById(link.getAttribute('href').slice(1)), link.outerHTML + ' leads nowhere');
  }
  assert.ok(!document.body.textContent.includes('undefined'));

  const search = document.getElementById('search');
  const find = text => {
    search.value = text;
    search.dispatchEvent(new dom.window.Event('input'));
    return sections.filter(section => !section.hidden).map(section => section.id);
  };
  assert.ok(find('withdraw a payment').includes('cancel_payment'));
  assert.ok(find('insufficient_funds').includes('problem-insufficient_funds'));
  assert.ok(find('POST /v1/transfers').includes('create_transfers'));
  assert.deepEqual(find('no such words'), []);
  assert.equal(document.getElementById('none').hidden, false);
  assert.equal(find('').length, sections.length);
  assert.deepEqual(errors, []);
  console.log(`the page shows ${sections.length} sections`);
  dom.window.close();
})().catch(error => { console.error(error); process.exit(1); });
