// usage: node prism_replay.mjs PRISM SPEC PREFIX EXCHANGES [PATHS]
// PATHS is a regular expression for what stands behind the prefix; all of it without one.
// Sends each recorded request through `prism proxy` to a server that gives the recorded answer, and reports what Prism finds
// wrong with either. Exit 1 when it finds anything, or when nothing was checked.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';

const [prismProgram, spec, prefix, file, paths = ''] = process.argv.slice(2);
const exchanges = readFileSync(file, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line))
    .filter(({request}) => request.path.startsWith(prefix) && new RegExp(paths).test(request.path.slice(prefix.length)));
const hopByHop = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'expect']);
const endToEnd = headers => Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));

const listen = server => new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
const upstream = http.createServer((request, response) => {
  request.resume().on('end', () => {
    const recorded = exchanges[Number(request.headers['x-replay-index'])].response;
    // Where a fault kept the bank silent there is only a request to check.
    if (recorded === null) return response.writeHead(500).end();
    response.writeHead(recorded.status, endToEnd(recorded.headers)).end(recorded.body);
  });
});
const upstreamPort = await listen(upstream);

const probe = http.createServer();
const prismPort = await listen(probe);
await new Promise(resolve => probe.close(resolve));
const prism = spawn(prismProgram, ['proxy', spec, `http://127.0.0.1:${upstreamPort}`, '-h', '127.0.0.1', '-p', String(prismPort)],
                    {stdio: ['ignore', 'pipe', 'pipe']});
let output = '';
const ready = new Promise((resolve, reject) => {
  const hear = data => {
    output += data;
    if (output.includes('Prism is listening')) resolve();
  };
  prism.stdout.on('data', hear);
  prism.stderr.on('data', hear);
  prism.on('exit', () => reject(new Error(`Prism ended:\n${output}`)));
});
await ready;

const send = (exchange, index) => new Promise((resolve, reject) => {
  const {method, path, query, headers, body} = exchange.request;
  const request = http.request({
    host: '127.0.0.1', port: prismPort, method, path: path.slice(prefix.length) + (query ? `?${query}` : ''),
    headers: {...endToEnd(headers), 'x-replay-index': String(index)}
  }, response => {
    let text = '';
    response.on('data', data => { text += data; }).on('end', () => resolve({status: response.statusCode, headers: response.headers, text}));
  });
  request.on('error', reject);
  request.end(body);
});

const findings = [];
const seen = new Map();
for (const [index, exchange] of exchanges.entries()) {
  const answer = await send(exchange, index);
  let violations = JSON.parse(answer.headers['sl-violations'] ?? '[]');
  // A notification that is to be sent again; the standard has no word for that but "not 202".
  if (exchange.response?.status === 503) violations = violations.filter(violation => violation.location[0] === 'request');
  if (exchange.response === null) violations = violations.filter(violation => violation.location[0] === 'request');
  if (exchange.response !== null && answer.status !== exchange.response.status) {
    violations.push({message: `Prism answered ${answer.status}: ${answer.text.slice(0, 300)}`});
  }
  const kind = `${exchange.request.method} ${exchange.request.path.slice(prefix.length).replace(/\/[^/]*\d[^/]*/g, '/{id}')} ${exchange.response?.status ?? 'silent'}`;
  seen.set(kind, (seen.get(kind) ?? 0) + 1);
  for (const violation of violations) findings.push(`${kind}: ${JSON.stringify(violation)}`);
}
prism.removeAllListeners('exit');
prism.kill();
upstream.close();
for (const [kind, count] of [...seen].sort()) console.log(`${String(count).padStart(5)}  ${kind}`);
for (const finding of findings.slice(0, 20)) console.log(finding);
console.log(`${exchanges.length} exchanges through Prism, ${findings.length} violations`);
process.exit(exchanges.length > 0 && findings.length === 0 ? 0 : 1);
