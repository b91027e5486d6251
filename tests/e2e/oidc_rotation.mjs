// usage: node oidc_rotation.mjs SERVER KEY FOLDER REDIRECT_URI BANK SERVER_PROCESS
// The bank trusts another authority from now on: a running server gets a certificate of that one and goes on without a
// restart; a key that does not fit changes nothing. Exit 1 when anything is not as it must be.
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { Shop } from './oidc_client.mjs';
import { Browser } from './oidc_payer.mjs';

const [server, key, folder, redirectUri, bank, process_] = process.argv.slice(2);
const shop = new Shop(server, key);
const problems = [];
const expect = (holds, what) => { if (!holds) problems.push(what); };
const newBrowser = () => new Browser(readFileSync(`${folder}/authority.pem`));

// Whole or not at all, as a deployment should do it.
const put = (name, as) => {
  copyFileSync(`${folder}/${name}`, `${folder}/${as}.new`);
  renameSync(`${folder}/${as}.new`, `${folder}/${as}`);
};

const metric = async name => {
  const text = await (await fetch(`${server}/metrics`)).text();
  return Number(text.split('\n').find(line => line.startsWith(`${name} `))?.split(' ').at(-1));
};
const becomes = async (name, holds) => {
  for (let look = 0; look < 50; ++look) {
    if (holds(await metric(name))) return true;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return false;
};

const pay = async () => {
  const payment = await shop.pay('Fern and Sons', 'bank');
  const begun = await shop.wait(payment.id, one => one.authorisation_url !== undefined || one.reason !== undefined);
  if (!begun.authorisation_url) return begun;
  await shop.land(await newBrowser().authorise(begun.authorisation_url, redirectUri));
  return shop.wait(payment.id, one => one.status === 'settled' || one.reason !== undefined);
};

const unusable = 'remit_certificate_files_unusable{bank="bank",use="transport"}';
const ends = 'remit_certificate_expiry_timestamp_seconds{bank="bank",kind="transport"}';
const first = await metric(ends);
await newBrowser().send('POST', `${bank}/trust`, 'new-authority');
const shut = await pay();
expect(shut.status === 'rejected', `the old certificate still works: ${JSON.stringify(shut)}`);

put('tpp-new.pem', 'tpp.pem');
process.kill(Number(process_), 'SIGHUP');
expect(await becomes(unusable, value => value === 1), 'a certificate without its key is not told');
expect(await metric(ends) === first, 'a certificate without its key is in use');

put('tpp-new-key.pem', 'tpp-key.pem');
process.kill(Number(process_), 'SIGHUP');
expect(await becomes(unusable, value => value === 0), 'the new certificate is not taken');
expect(await metric(ends) > first, 'the metric does not tell when the new certificate ends');
const open = await pay();
expect(open.status === 'settled', `the new certificate is not used: ${JSON.stringify(open)}`);
for (const problem of problems) console.log(`WRONG: ${problem}`);
console.log(`the old certificate: ${shut.reason?.code}; the new one, without a restart: ${open.status}; ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
