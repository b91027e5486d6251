#include "pay/api/reference_page.h"

#include "kit/base/bytes.h"
#include "kit/base/hash.h"

#include <fmt/format.h>

namespace remit::api {
namespace {

constexpr std::string_view kStyle = R"css(
:root { --ink: #1a2433; --faint: #5b6b80; --line: #dde3ea; --ground: #fff; --code: #f4f6f9; --mark: #0b62d6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9f0; --faint: #9aa8ba; --line: #2c3644; --ground: #12171e; --code: #1b222c; --mark: #6cabff; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
nav { position: fixed; inset: 0 auto 0 0; width: 19rem; padding: 1rem; overflow-y: auto; border-right: 1px solid var(--line); }
main { margin-left: 19rem; max-width: 60rem; padding: 1rem 2rem 6rem; }
input { width: 100%; padding: .5rem .6rem; font: inherit; color: inherit; background: var(--code);
        border: 1px solid var(--line); border-radius: 6px; }
a { color: var(--mark); text-decoration: none; }
nav a { display: block; padding: .1rem 0; color: var(--ink); }
nav h2 { margin: 1.2rem 0 .3rem; font-size: .8rem; text-transform: uppercase; color: var(--faint); }
section { border-top: 1px solid var(--line); padding: 1rem 0; }
h3 { margin: 0 0 .3rem; font-size: 1.15rem; }
h4 { margin: 1rem 0 .3rem; font-size: .85rem; color: var(--faint); }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { padding: .7rem .9rem; overflow-x: auto; background: var(--code); border-radius: 6px; }
table { width: 100%; border-collapse: collapse; }
td { padding: .25rem .6rem .25rem 0; vertical-align: top; border-top: 1px solid var(--line); }
td:first-child { white-space: nowrap; }
.faint { color: var(--faint); }
.method { display: inline-block; min-width: 3.6rem; font-weight: 600; color: var(--mark); }
@media (max-width: 50rem) { nav { position: static; width: auto; border: 0; } main { margin: 0; padding: 1rem; } }
)css";

constexpr std::string_view kScript = R"js(
'use strict';
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const code = text => make('code', {textContent: text});
const faint = text => make('span', {className: 'faint', textContent: text});
const row = cells => make('tr', {}, ...cells.map(cell => make('td', {}, cell ?? '')));
const table = rows => make('table', {}, ...rows.map(row));
const pretty = value => make('pre', {textContent: JSON.stringify(value, null, 2)});
let api;
const resolve = part => part.$ref
  ? part.$ref.slice(2).split('/').reduce((at, key) => at[key], api) : part;
const nameOf = schema => schema.$ref?.split('/').pop();

// "array of Payment", "string or null", "one of created, settled"
const typeOf = schema => {
  if (schema.$ref) return make('a', {href: '#schema-' + nameOf(schema), textContent: nameOf(schema)});
  if (schema.anyOf) {
    return make('span', {}, ...schema.anyOf.flatMap((one, i) => i ? [' or ', typeOf(one)] : [typeOf(one)]));
  }
  if (schema.type === 'array') return make('span', {}, 'array of ', typeOf(schema.items));
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  return document.createTextNode(type + (schema.format ? ` (${schema.format})` : ''));
};
const limitsOf = schema => Object.entries(schema)
  .filter(([key]) => /^(min|max)|^(pattern|default|enum|const)$/.test(key))
  .map(([key, value]) => `${key}: ${[value].flat().join(', ')}`).join('; ');
const explained = (text, schema) => make('span', {}, text ?? '', ' ', faint(limitsOf(schema)));

const showSchema = (name, schema) => make('section', {id: 'schema-' + name},
  make('h3', {textContent: name}), make('p', {textContent: schema.description ?? ''}),
  schema.properties
    ? table(Object.entries(schema.properties).map(([field, one]) => [
        code(field), typeOf(one), schema.required?.includes(field) ? 'required' : faint('optional'),
        explained(one.description, one)]))
    : make('p', {}, typeOf(schema), ' ', faint(limitsOf(schema))));

const curlFor = (method, path, operation, parameters, body) => {
  const filled = parameters.filter(one => one.in === 'path')
    .reduce((text, one) => text.replace(`{${one.name}}`, one.example ?? `{${one.name}}`), path);
  const lines = [`curl -X ${method.toUpperCase()} '${location.origin}${filled}'`];
  if (operation.security.length) lines.push(`-H "Authorization: Bearer $REMIT_KEY"`);
  if (parameters.some(one => one.name === 'Idempotency-Key')) lines.push(`-H "Idempotency-Key: $(uuidgen)"`);
  if (body) {
    lines.push(`-H 'Content-Type: application/json'`);
    lines.push(`-d '${JSON.stringify(body.example).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(' \\\n  ');
};

const showOperation = (path, method, operation) => {
  const parameters = (operation.parameters ?? []).map(resolve);
  const body = operation.requestBody?.content['application/json'];
  const scopes = operation.security.flatMap(one => one.api_key);
  const parts = [
    make('h3', {textContent: operation.summary}),
    make('p', {}, make('span', {className: 'method', textContent: method.toUpperCase()}), code(path)),
    make('p', {textContent: operation.description ?? ''}),
    make('p', {}, faint(scopes.length ? 'Scope: ' + scopes.join(', ') : 'Needs no key.'))];
  if (parameters.length) {
    parts.push(make('h4', {textContent: 'Parameters'}), table(parameters.map(one => [
      code(one.name), one.in, one.required ? 'required' : faint('optional'), explained(one.description, one.schema)])));
  }
  if (body) parts.push(make('h4', {}, 'Body: ', typeOf(body.schema)), pretty(body.example));
  parts.push(make('h4', {textContent: 'Call'}), make('pre', {textContent: curlFor(method, path, operation, parameters, body)}));
  for (const [status, answer] of Object.entries(operation.responses)) {
    const json = answer.content['application/json'];
    if (json) {
      parts.push(make('h4', {}, `Answer ${status}: `, typeOf(json.schema)));
      if (json.example) parts.push(pretty(json.example));
    }
  }
  parts.push(make('h4', {textContent: 'Problems'}), table(Object.entries(operation.responses)
    .filter(([, answer]) => answer['x-codes'])
    .map(([status, answer]) => [status, make('span', {}, ...answer['x-codes'].flatMap(one =>
      [make('a', {href: '#problem-' + one, textContent: one}), ' ']))])));
  return make('section', {id: operation.operationId}, ...parts);
};

const showProblem = ([name, problem]) => make('section', {id: 'problem-' + name},
  make('h3', {}, code(name)), make('p', {}, `${problem.status}. ${problem.meaning} ${problem.remedy}`));

// Each entry of the page: what it is called, where it is listed, and the words that find it.
const entriesOf = () => {
  const entries = [];
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      entries.push({group: operation.tags[0], id: operation.operationId, title: operation.summary,
        words: `${method} ${path} ${JSON.stringify(operation)}`, shown: showOperation(path, method, operation)});
    }
  }
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    entries.push({group: 'Schemas', id: 'schema-' + name, title: name, words: name + JSON.stringify(schema),
      shown: showSchema(name, schema)});
  }
  for (const problem of Object.entries(api['x-problems'])) {
    entries.push({group: 'Problems', id: 'problem-' + problem[0], title: problem[0],
      words: JSON.stringify(problem), shown: showProblem(problem)});
  }
  return entries;
};

const show = entries => {
  const links = document.getElementById('links');
  const list = document.getElementById('entries');
  const groups = new Map();
  for (const entry of entries) {
    entry.words = entry.words.toLowerCase();
    entry.link = make('a', {href: '#' + entry.id, textContent: entry.title});
    if (!groups.has(entry.group)) groups.set(entry.group, make('h2', {textContent: entry.group}));
    list.append(entry.shown);
  }
  for (const [group, title] of groups) {
    links.append(title, ...entries.filter(entry => entry.group === group).map(entry => entry.link));
  }
  document.getElementById('search').addEventListener('input', event => {
    const wanted = event.target.value.toLowerCase().split(/\s+/).filter(word => word);
    const shown = new Set();
    for (const entry of entries) {
      const hidden = !wanted.every(word => entry.words.includes(word));
      entry.shown.hidden = entry.link.hidden = hidden;
      if (!hidden) shown.add(entry.group);
    }
    for (const [group, title] of groups) title.hidden = !shown.has(group);
    document.getElementById('none').hidden = shown.size > 0;
  });
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
};

fetch('/v1/openapi.json').then(async answer => {
  api = await answer.json();
  document.title = `${api.info.title} ${api.info.version}`;
  document.getElementById('title').textContent = document.title;
  document.getElementById('about').append(...api.info.description.split('\n\n').map(text =>
    make('p', {}, ...text.split('`').map((part, i) => i % 2 ? code(part) : part))));
  show(entriesOf());
}).catch(error => { document.getElementById('about').textContent = 'The document could not be read: ' + error; });
)js";

std::string page() {
  return fmt::format(R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference</title>
<style>{}</style>
</head>
<body>
<nav>
<input id="search" type="search" placeholder="Search" aria-label="Search" autofocus>
<div id="links"></div>
</nav>
<main>
<h1 id="title">API reference</h1>
<div id="about"></div>
<noscript><p>This page needs JavaScript; the document itself is <a href="/v1/openapi.json">/v1/openapi.json</a>.</p></noscript>
<p id="none" class="faint" hidden>Nothing has these words.</p>
<div id="entries"></div>
</main>
<script>{}</script>
</body>
</html>
)html",
                     kStyle, kScript);
}

/// How a policy names the one script or style that may run (CSP level 3 section 2.3.1).
std::string source_of(std::string_view text) {
  return fmt::format("'sha256-{}'", to_base64(view_of(sha256(as_bytes(text)))));
}

}  // namespace

void add_reference_page(Gateway& gateway) {
  net::HttpResponse response;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Cache-Control", "no-cache");
  response.headers.add(
      "Content-Security-Policy",
      fmt::format("default-src 'none'; script-src {}; style-src {}; connect-src 'self'; "
                  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                  source_of(kScript), source_of(kStyle)));
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.body = page();
  gateway.add_page("GET", "/docs", [response](const Request&, net::Responder respond) {
    respond(net::HttpResponse(response));
  });
}

}  // namespace remit::api
