// usage: node webhook_receiver.cjs STANDARDWEBHOOKS REMIT FOLDER EVENTS
// Runs a sandbox and a server, makes EVENTS events of pending transfers that are posted, and receives them on endpoints that
// fail in every way that receivers do. Ends with an error unless every event arrived, in order, rightly signed.
'use strict';
const {spawn, execFileSync} = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const net = require('net');
const [, , library, remit, folder, count] = process.argv;
const {Webhook} = require(library);
const events = Number(count);
const transfers = events / 2;

const wait = ms => new Promise(done => setTimeout(done, ms));
const freePort = () => new Promise(done => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const {port} = server.address();
    server.close(() => done(port));
  });
});

// ---- the receiver -------------------------------------------------------------------------------------------------
const failures = {
  status_500: (req, res) => res.writeHead(500).end('broken'),
  status_404: (req, res) => res.writeHead(404).end('not here'),
  status_503_later: (req, res) => res.writeHead(503, {'Retry-After': '1'}).end(),
  status_429_later: (req, res) => res.writeHead(429, {'Retry-After': new Date(Date.now() + 1000).toUTCString()}).end(),
  redirect: (req, res) => res.writeHead(302, {Location: `http://127.0.0.1:${trap.address().port}/`}).end(),
  reset: req => req.socket.destroy(),
  silence: () => {},
  garbage: req => req.socket.end('this is no HTTP\r\n\r\n'),
  half_an_answer: (req, res) => { res.writeHead(200, {'Content-Length': '10'}); res.write('ok'); setTimeout(() => req.socket.destroy(), 5); },
};
// The receiver did its work, and the sender does not hear of it.
const losesTheAnswer = req => req.socket.destroy();

let state = 20260101;
const below = bound => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
};
const problems = [];
const problem = text => { if (problems.push(text) <= 20) console.log('PROBLEM', text); };
const accepted = new Map();         // event id -> times
const lastOfSubject = new Map();    // subject -> sequence of its newest accepted event
const failed = {};
let attempts = 0;
let trapped = 0;
let verifier;

const accept = (headers, body) => {
  const id = headers['webhook-id'];
  const event = JSON.parse(body);
  if (event.id !== id) problem(`${id} carries ${event.id}`);
  const times = accepted.get(id) || 0;
  accepted.set(id, times + 1);
  if (times > 0) return;
  const last = lastOfSubject.get(event.subject);
  if (last !== undefined && last >= event.sequence) problem(`${event.subject}: ${event.type} came after a later one`);
  lastOfSubject.set(event.subject, event.sequence);
};

const readBody = req => new Promise(done => {
  const parts = [];
  req.on('data', part => parts.push(part));
  req.on('end', () => done(Buffer.concat(parts).toString()));
});

const receiver = http.createServer(async (req, res) => {
  const body = await readBody(req);
  ++attempts;
  try {
    verifier.verify(body, req.headers);
  } catch (error) {
    problem(`signature of ${req.headers['webhook-id']}: ${error.message}`);
  }
  const draw = below(1000);
  if (draw < 270) {
    const names = Object.keys(failures);
    const name = names[below(names.length)];
    failed[name] = (failed[name] || 0) + 1;
    return failures[name](req, res);
  }
  accept(req.headers, body);
  if (draw < 300) {
    failed.answer_lost = (failed.answer_lost || 0) + 1;
    return losesTheAnswer(req);
  }
  res.writeHead(200).end('{"ok":true}');
});
receiver.keepAliveTimeout = 30000;
const trap = http.createServer((req, res) => { ++trapped; res.end(); });

// The second endpoint: Ed25519, accounts only, verified with node's own cryptography.
const accounts = [];
let publicKey;
const signedReceiver = http.createServer(async (req, res) => {
  const body = await readBody(req);
  const text = `${req.headers['webhook-id']}.${req.headers['webhook-timestamp']}.${body}`;
  const good = req.headers['webhook-signature'].split(' ').some(one => one.startsWith('v1a,') &&
      crypto.verify(null, Buffer.from(text), publicKey, Buffer.from(one.slice(4), 'base64')));
  if (!good) problem(`Ed25519 signature of ${req.headers['webhook-id']}`);
  accounts.push(JSON.parse(body).type);
  res.writeHead(204).end();
});

// ---- the server ---------------------------------------------------------------------------------------------------
let server;
let stopping = false;
const serve = () => {
  server = spawn(remit, ['serve', '--config', `${folder}/remit.toml`], {
    stdio: ['ignore', fs.openSync(`${folder}/serve.log`, 'a'), fs.openSync(`${folder}/serve.log`, 'a')],
    env: {...process.env, REMIT_WEBHOOKS_ALLOW_HTTP: 'true', REMIT_WEBHOOKS_ALLOW_PRIVATE_ADDRESSES: 'true',
      REMIT_WEBHOOKS_TIMEOUT: '1s', REMIT_WEBHOOKS_IN_FLIGHT_MAX: '128', REMIT_WEBHOOKS_RETRY_DELAYS: '["200ms", "500ms", "1s"]',
      REMIT_HTTP_TLS_CERTIFICATE: '', REMIT_HTTP_TLS_KEY: ''},
  });
  server.on('exit', code => { if (!stopping) { console.log(`server ended (${code}), started again`); serve(); } });
};
const agent = new http.Agent({keepAlive: true, maxSockets: 64});
let base;
let key;
const call = (method, path, body, idempotencyKey) => new Promise(done => {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {Authorization: `Bearer ${key}`};
  if (text) headers['Content-Type'] = 'application/json';
  if (method === 'POST') headers['Idempotency-Key'] = idempotencyKey;
  const req = http.request(base + path, {method, headers, agent}, res => {
    const parts = [];
    res.on('data', part => parts.push(part));
    res.on('end', () => done({status: res.statusCode, text: Buffer.concat(parts).toString()}));
    res.on('error', () => done({status: 0}));
  });
  req.on('error', () => done({status: 0}));
  req.end(text);
});
// As a client would: the same key until there is an answer.
const insist = async (method, path, body, idempotencyKey) => {
  for (;;) {
    const answer = await call(method, path, body, idempotencyKey);
    if (answer.status >= 200 && answer.status < 300) return JSON.parse(answer.text);
    if (answer.status !== 0 && answer.status !== 503 && answer.status !== 504) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    }
    await wait(100);
  }
};

const inParallel = async (items, lanes, work) => {
  let next = 0;
  await Promise.all(Array.from({length: lanes}, async () => {
    while (next < items.length) await work(items[next], next++);
  }));
};

const main = async () => {
  const [port, bankPort, controlPort] = [await freePort(), await freePort(), await freePort()];
  base = `http://127.0.0.1:${port}`;
  const bank = spawn(remit, ['sandbox', '--directory', folder, '--public-url', base, '--port', bankPort,
    '--control-port', controlPort, '--json'], {stdio: 'ignore'});
  process.on('exit', () => { stopping = true; bank.kill('SIGKILL'); if (server) server.kill('SIGKILL'); });
  while (!fs.existsSync(`${folder}/remit.toml`)) await wait(20);
  serve();
  while ((await call('GET', '/readyz')).status !== 200) await wait(50);
  const data = ['clients', '--data', `${folder}/remit-data`];
  const client = execFileSync(remit, [...data, 'create', 'Receiver']).toString().trim();
  key = execFileSync(remit, [...data, 'add-key', client]).toString().trim();
  await Promise.all([receiver, signedReceiver, trap].map(one => new Promise(done => one.listen(0, '127.0.0.1', done))));

  const main = await insist('POST', '/v1/webhook_endpoints',
      {url: `http://127.0.0.1:${receiver.address().port}/hook`, event_types: ['transfer.*']}, 'endpoint-1');
  verifier = new Webhook(main.keys[0].key);
  const second = await insist('POST', '/v1/webhook_endpoints',
      {url: `http://127.0.0.1:${signedReceiver.address().port}/`, event_types: ['account.*'], scheme: 'ed25519'}, 'endpoint-2');
  const raw = Buffer.from(second.keys[0].key.slice('whpk_'.length), 'base64');
  publicKey = crypto.createPublicKey({key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]), format: 'der', type: 'spki'});

  const gbp = {type: 'asset', currency: 'GBP'};
  const debit = await insist('POST', '/v1/accounts', {name: 'one', ...gbp}, 'account-1');
  const credit = await insist('POST', '/v1/accounts', {name: 'two', ...gbp}, 'account-2');
  const began = Date.now();
  const chunks = Array.from({length: Math.ceil(transfers / 500)}, (_, at) => Math.min(500, transfers - at * 500));
  const made = [];
  await inParallel(chunks, 4, async (size, at) => {
    const one = {debit_account: debit.id, credit_account: credit.id, amount: {amount: 100, currency: 'GBP'}, pending: true};
    const answer = await insist('POST', '/v1/transfers', {transfers: Array(size).fill(one), linked: true}, `chunk-${at}`);
    made.push(...answer.outcomes.map(each => each.id));
  });
  let killed = false;
  const crash = (async () => {
    while (accepted.size < events * 0.4) await wait(20);
    console.log(`kill -9 after ${accepted.size} events`);
    server.kill('SIGKILL');
    killed = true;
  })();
  await inParallel(made, 48, id => insist('POST', `/v1/transfers/${id}/post`, undefined, `post-${id}`));
  console.log(`${events} events made in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  let seen = 0;
  let still = 0;
  while (accepted.size < events && still < 60) {
    await wait(500);
    still = accepted.size === seen ? still + 1 : 0;
    seen = accepted.size;
  }
  await crash;
  const seconds = (Date.now() - began) / 1000;
  const times = [...accepted.values()];
  const again = times.reduce((sum, one) => sum + one - 1, 0);
  console.log(`accepted ${accepted.size} of ${events} in ${seconds.toFixed(1)} s: ${(accepted.size / seconds).toFixed(0)} deliveries a second`);
  console.log(`attempts ${attempts}, failed ${JSON.stringify(failed)}`);
  console.log(`delivered more than once ${again}, of which the receiver lost the answer ${failed.answer_lost}`);
  if (accepted.size !== events) problem(`${events - accepted.size} events never came`);
  if (!killed) problem('the server was not killed');
  if (trapped) problem(`${trapped} redirects were followed`);
  if (accounts.join() !== 'account.opened.v1,account.opened.v1') problem(`accounts: ${accounts}`);
  const share = 1 - accepted.size / attempts;
  if (share < 0.2) problem(`only ${(share * 100).toFixed(1)} % of the attempts failed`);

  // The log of deliveries, and one sent again.
  const log = await insist('GET', `/v1/webhook_endpoints/${main.id}/deliveries?limit=1`);
  const delivery = log.data[0];
  const before = accepted.get(delivery.event);
  await insist('POST', `/v1/webhook_deliveries/${delivery.id}/resend`, undefined, 'resend-1');
  for (let i = 0; i < 100 && accepted.get(delivery.event) === before; ++i) await wait(100);
  if (accepted.get(delivery.event) === before) problem('the resend did not come');
  stopping = true;
  server.kill('SIGTERM');
  await new Promise(done => server.on('exit', done));
  console.log(problems.length ? `${problems.length} problems` : 'every event arrived, in order, rightly signed');
  process.exit(problems.length ? 1 : 0);
};
main().catch(error => { console.error(error); process.exit(1); });
