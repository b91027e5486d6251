// usage: MODULES=node_modules node oidc_bank.mjs FOLDER REDIRECT_URI
// A bank that we did not write: oidc-provider as its authorisation server and domestic payments beside it, on one port with
// mutual TLS. What it says of some payments is wrong on purpose: see oidc_defects.mjs. A second port shows a certificate that
// nobody trusts. FOLDER holds the PEM files that oidc_provider.sh made. Prints where it answers as one line of JSON.
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { makeProvider, serveInteraction } from './oidc_authorisation.mjs';
import { alterations, alterAuthorisation } from './oidc_defects.mjs';
import { Consents, Payments } from './oidc_payments.mjs';

const [folder, redirectUri] = process.argv.slice(2);
const pem = name => readFileSync(`${folder}/${name}.pem`);
const trustAnchor = 'openbanking.org.uk';
const client = {
  id: 'remit-client', redirectUri, party: {issuer: 'tpp-organisation/tpp-software', trustAnchor},
  keys: {keys: [{...createPublicKey(pem('tpp-signing')).export({format: 'jwk'}), kid: 'tpp-1', use: 'sig', alg: 'PS256'}]}
};

const secured = (name, authority) => ({key: pem(`${name}-key`), cert: pem(name), ca: pem(authority), minVersion: 'TLSv1.2'});

// A server of these PEM files that asks for a client's certificate.
const listen = async name => {
  const server = https.createServer({...secured(name, 'authority'), requestCert: true, rejectUnauthorized: false});
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {server, url: `https://127.0.0.1:${server.address().port}`};
};

const startBank = async () => {
  const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
  const kid = `bank-${randomBytes(4).toString('hex')}`;
  const keys = {keys: [{...privateKey.export({format: 'jwk'}), kid, use: 'sig', alg: 'PS256'}]};
  const consents = new Consents();
  const bank = {consents, client, kid, key: privateKey, party: {issuer: 'bank-organisation', trustAnchor}};
  const {server, url} = await listen('bank');
  bank.url = url;
  const isBrief = intent => consents.get(intent)?.data.Initiation.CreditorAccount.Name === 'Brief Tokens Ltd';
  bank.provider = makeProvider({issuer: bank.url, client, keys, cookieKey: randomBytes(16).toString('hex'), isBrief});
  const secrets = {issued: [], refreshes: 0};
  for (const kind of ['access_token', 'refresh_token', 'authorization_code']) {
    bank.provider.on(`${kind}.saved`, token => secrets.issued.push(token.jti));
  }
  bank.provider.on('grant.success', ctx => { secrets.refreshes += ctx.oidc.params.grant_type === 'refresh_token' ? 1 : 0; });
  bank.provider.on('server_error', (ctx, error) => console.error(error));
  const payments = new Payments(bank, alterations(privateKey));
  const authorisation = bank.provider.callback();
  server.on('request', async (request, response) => {
    try {
      if (payments.serves(request.url)) return await payments.serve(request, response);
      if (request.url.startsWith('/interaction/')) return await serveInteraction(bank.provider, consents, request, response);
      // For the script alone: what this bank executed, by the payee's name, and the tokens and codes that it gave.
      if (request.url === '/executed') return response.end(JSON.stringify(consents.executed()));
      if (request.url === '/secrets') return response.end(JSON.stringify(secrets));
      // The same, for whose certificates of clients count from now on.
      if (request.url === '/trust') {
        for await (const authority of request) server.setSecureContext(secured('bank', authority));
        response.on('finish', () => setImmediate(() => server.closeIdleConnections()));
        return response.writeHead(204, {Connection: 'close'}).end();
      }
      alterAuthorisation(response, {provider: bank.provider, consents, key: privateKey, redirectUri});
      return await authorisation(request, response);
    } catch (error) {
      console.error(error);
      return response.writeHead(500).end();
    }
  });
  return bank;
};

const bank = await startBank();
const stranger = await listen('stranger');
console.log(JSON.stringify({bank: bank.url, stranger: stranger.url}));
