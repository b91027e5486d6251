// usage: node iban_numbers.cjs IBANTOOLS COUNT NUMBERS EXPECTED
// Writes COUNT numbers, a line each, and whether ibantools takes them: every country of the registry in turn, half of them
// as they should be, half with something done to them.
'use strict';
const fs = require('fs');
const [, , path, count, numbersFile, expectedFile] = process.argv;
const ibantools = require(path);

// Countries that are in the registry and that ibantools does not mark so yet.
const later = new Set(['BI', 'DJ', 'FK', 'HN']);
const specifications = Object.entries(ibantools.getCountrySpecifications())
    .filter(([country, it]) => it.chars && (it.IBANRegistry || later.has(country)));
const registered = new Set(specifications.map(([country]) => country));
// National check digits inside the BBAN are the banks' business, not the standard's.
for (const [country] of specifications) ibantools.setCountryBBANValidation(country, () => true);

let state = 20240229;
const below = bound => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
};
const digits = '0123456789';
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const pick = from => from[below(from.length)];

// The patterns are sequences of a class and how often it stands.
const bbanOf = pattern => [...pattern.matchAll(/\[([^\]]+)\](?:\{(\d+)\})?/g)]
    .map(([, kind, times]) => Array.from({length: Number(times || 1)}, () =>
        pick((kind.includes('0-9') ? digits : '') + (kind.includes('A-Z') ? capitals : ''))).join(''))
    .join('');

const mutations = [
  iban => { const at = below(iban.length); return iban.slice(0, at) + pick(digits + capitals) + iban.slice(at + 1); },
  iban => { const at = below(iban.length - 1); return iban.slice(0, at) + iban[at + 1] + iban[at] + iban.slice(at + 2); },
  iban => { const at = below(iban.length); return iban.slice(0, at) + iban.slice(at + 1); },
  iban => { const at = below(iban.length); return iban.slice(0, at) + pick(digits) + iban.slice(at); },
  iban => pick(specifications)[0] + iban.slice(2),
  iban => pick(capitals) + pick(capitals) + iban.slice(2),
  iban => iban.slice(0, below(iban.length) + 1),
  iban => iban.slice(0, 2) + String(below(100)).padStart(2, '0') + iban.slice(4),
];

const numbers = [];
const expected = [];
for (let i = 0; i < Number(count); ++i) {
  const [country, it] = specifications[i % specifications.length];
  const bban = bbanOf(it.bban_regexp);
  let iban = ibantools.composeIBAN({countryCode: country, bban});
  if (iban === null) throw new Error(`no IBAN of ${country} from ${bban}`);
  if (below(2) === 1) iban = pick(mutations)(iban);
  // ISO 7064 gives 02 to 98; ibantools takes 00, 01 and 99 where the sum happens to fit.
  const given = !['00', '01', '99'].includes(iban.slice(2, 4));
  numbers.push(iban);
  expected.push(given && registered.has(iban.slice(0, 2)) && ibantools.isValidIBAN(iban));
}
fs.writeFileSync(numbersFile, numbers.join('\n') + '\n');
fs.writeFileSync(expectedFile, expected.join('\n') + '\n');
