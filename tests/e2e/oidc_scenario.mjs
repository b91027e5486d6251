// usage: node oidc_scenario.mjs SERVER KEY AUTHORITY REDIRECT_URI BANK REMIT DATA
// Payments through a bank that we did not write: the good ones settle, and whatever the bank says wrongly of the others is
// refused for its own reason. Exit 1 when anything is not as it must be.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Shop } from './oidc_client.mjs';
import { defects } from './oidc_defects.mjs';
import { Browser } from './oidc_payer.mjs';

const [server, key, authority, redirectUri, bank, remit, data] = process.argv.slice(2);
const shop = new Shop(server, key);
const problems = [];
const expect = (holds, what) => { if (!holds) problems.push(what); };
const moved = ['submitted', 'executed', 'settled'];

const newBrowser = () => new Browser(readFileSync(authority));
const authorised = async (payment, button) => {
  const waiting = await shop.wait(payment.id, one => one.authorisation_url !== undefined || one.status === 'rejected');
  if (!waiting.authorisation_url) throw new Error(`No way to the bank: ${JSON.stringify(waiting)}`);
  return newBrowser().authorise(waiting.authorisation_url, redirectUri, button);
};

const settles = async (name = 'Fern and Sons') => {
  const payment = await shop.pay(name, 'bank');
  const landed = await shop.land(await authorised(payment));
  expect(landed.status === 200, `the landing answered ${JSON.stringify(landed)}`);
  const end = await shop.wait(payment.id, one => one.status === 'settled');
  expect(end.status === 'settled' && end.bank_status?.status === 'ACSC', `not settled: ${JSON.stringify(end)}`);
};

// Why the server tries a payment again, as operators see it.
const troubleOf = async payment => {
  for (let look = 0; look < 100; ++look) {
    const {stdout} = await promisify(execFile)(remit, ['flows', '--data', data, '--json', 'troubles']);
    const lane = JSON.parse(stdout).data.find(one => one.key === payment.id);
    if (lane) return lane.cause.match(/\[([a-z_]+)\]/)?.[1];
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return undefined;
};

// The reason that the server gives for the payment, wherever it gives it.
const reasonOf = async (payment, {landing, trouble}) => {
  if (trouble) return troubleOf(payment);
  const begun = await shop.wait(payment.id, one => one.authorisation_url !== undefined || one.reason !== undefined);
  if (!begun.authorisation_url) return begun.reason?.code;
  const landed = await shop.land(await newBrowser().authorise(begun.authorisation_url, redirectUri));
  if (landing) return landed.status === landing ? landed.document.code : `${landed.status} ${landed.document.code}`;
  const end = await shop.wait(payment.id, one => one.reason !== undefined || moved.includes(one.status));
  return end.reason?.code;
};

const outcome = async (name, expected, payment, reason) => {
  const {status} = await shop.payment(payment.id);
  expect(reason === expected, `${name}: the reason is ${reason} instead of ${expected}`);
  expect(!moved.includes(status), `${name}: the payment is ${status}`);
  return {name, reason, status};
};

const refused = async defect => {
  const payment = await shop.pay(defect.name, 'bank');
  return outcome(defect.name, defect.reason, payment, await reasonOf(payment, defect));
};

const declined = async () => {
  const payment = await shop.pay('the payer says no', 'bank');
  await shop.land(await authorised(payment, 'reject'));
  const end = await shop.wait(payment.id, one => one.status === 'rejected');
  return outcome('the payer says no', 'payer_access_denied', payment, end.reason?.code);
};

// The same answer of the bank brought twice: the first counts.
const replayed = async () => {
  const payment = await shop.pay('Fern and Sons', 'bank');
  const fragment = await authorised(payment);
  await shop.land(fragment);
  const again = await shop.land(fragment);
  const end = await shop.wait(payment.id, one => one.status === 'settled');
  expect(again.status === 409, `a state brought twice: ${JSON.stringify(again)}`);
  expect(end.status === 'settled', `a state brought twice: ${JSON.stringify(end)}`);
  return {name: 'state brought twice', reason: again.document.code, status: 'settled, once'};
};

const untrusted = async () => {
  const payment = await shop.pay('certificate of a stranger', 'stranger');
  return outcome('certificate of a stranger', 'certificate_untrusted', payment, await troubleOf(payment));
};

await settles();
const table = await Promise.all([...defects.map(refused), declined(), replayed(), untrusted()]);
await settles();
// Its token lives for seconds: it is refreshed before the payment is handed over.
await settles('Brief Tokens Ltd');
const {refreshes} = JSON.parse((await newBrowser().send('GET', `${bank}/secrets`)).text);
expect(refreshes === 1, `${refreshes} refreshes`);
for (const {name, reason, status} of table) console.log(`${name.padEnd(38)} ${String(reason).padEnd(28)} ${status}`);

const executed = JSON.parse((await newBrowser().send('GET', `${bank}/executed`)).text);
expect(executed.filter(name => name === 'Fern and Sons').length === 3 && executed.length === 4, `the bank executed ${executed}`);
const reasons = new Set(table.map(({reason}) => reason));
expect(reasons.size === table.length, 'two defects have the same reason');
for (const problem of problems) console.log(`WRONG: ${problem}`);
console.log(`${table.length} defects, ${table.filter(({reason}) => reason).length} refused, ${reasons.size} distinct reasons; ` +
            `${executed.length} good payments settled, one by a refreshed token, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
