// usage: node oidc_scenario.mjs SERVER KEY AUTHORITY REDIRECT_URI
// Payments through a bank that we did not write, and what becomes of them. Exit 1 when anything is not as it must be.
import { readFileSync } from 'node:fs';
import { Shop } from './oidc_client.mjs';
import { Browser } from './oidc_payer.mjs';

const [server, key, authority, redirectUri] = process.argv.slice(2);
const shop = new Shop(server, key);
const problems = [];
const expect = (holds, what) => { if (!holds) problems.push(what); };

const authorised = async (payment, button) => {
  const waiting = await shop.wait(payment.id, one => one.authorisation_url !== undefined || one.status === 'rejected');
  if (!waiting.authorisation_url) throw new Error(`No way to the bank: ${JSON.stringify(waiting)}`);
  return new Browser(readFileSync(authority)).authorise(waiting.authorisation_url, redirectUri, button);
};

const settles = async () => {
  const payment = await shop.pay('Fern and Sons', 'bank');
  const landed = await shop.land(await authorised(payment));
  expect(landed.status === 200, `the landing answered ${JSON.stringify(landed)}`);
  const end = await shop.wait(payment.id, one => one.status === 'settled');
  expect(end.status === 'settled' && end.bank_status?.status === 'ACSC', `not settled: ${JSON.stringify(end)}`);
};

const declined = async () => {
  const payment = await shop.pay('Fern and Sons', 'bank');
  await shop.land(await authorised(payment, 'reject'));
  const end = await shop.wait(payment.id, one => one.status === 'rejected');
  expect(end.status === 'rejected' && end.reason?.code === 'payer_access_denied', `not declined: ${JSON.stringify(end)}`);
};

await Promise.all([settles(), declined()]);
for (const problem of problems) console.log(problem);
console.log(`a payment settled and one declined through oidc-provider, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
