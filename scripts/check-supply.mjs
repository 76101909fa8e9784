#!/usr/bin/env node
// usage: scripts/check-supply
//
// Checks licences, bans and sources of all locked crates against deny.toml, for where cargo-deny is not
// installed. Reads deny.toml by the line: a list's entry is a line of its own. The site's npm packages
// (docs/site) are checked against the licences of scripts/packages.json.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const repository = join(dirname(new URL(import.meta.url).pathname), '..');
const quoted = (line) => [...line.matchAll(/"([^"]*)"/g)].map((match) => match[1]);

/** What deny.toml says, of the parts that are checked here. */
function rules(text) {
  const found = { allow: new Set(), exceptions: new Map(), clarified: new Map(), banned: new Set(), registries: new Set() };
  let section = '', list = '', name = '';
  for (const line of text.split('\n').map((line) => line.replace(/#.*/, '').trim()).filter(Boolean)) {
    const header = /^\[+([\w.]+)\]+$/.exec(line);
    if (header) { [section, list] = [header[1], '']; continue; }
    const starts = /^([\w-]+) = (.*)$/.exec(line);
    if (starts && !line.startsWith('{')) list = starts[1];
    const here = `${section}.${list}`;
    if (here === 'licenses.allow') quoted(starts && !line.startsWith('"') ? starts[2] : line).forEach((one) => found.allow.add(one));
    else if (here === 'licenses.exceptions' && line.startsWith('{')) {
      const [crate, ...licences] = quoted(line);
      found.exceptions.set(crate, licences);
    } else if (here === 'licenses.clarify.name') [name] = quoted(line);
    else if (here === 'licenses.clarify.expression') found.clarified.set(name, quoted(line)[0]);
    else if (here === 'bans.deny' && line.startsWith('{')) found.banned.add(quoted(line)[0]);
    else if (here === 'sources.allow-registry') quoted(line).forEach((one) => found.registries.add(one));
  }
  return found;
}

/** Whether an SPDX expression can be met by licences that are allowed. */
function isMet(expression, allowed) {
  const words = expression.replaceAll('/', ' OR ').match(/\(|\)|[^\s()]+/g);
  let at = 0;
  const one = () => {
    if (words[at] === '(') { at += 1; const inner = either(); at += 1; return inner; }
    let licence = words[at++];
    if (words[at] === 'WITH') { licence += ` WITH ${words[at + 1]}`; at += 2; }
    return allowed(licence) || allowed(licence.replace(/-only$/, ''));
  };
  const both = () => { let met = one(); while (words[at] === 'AND') { at += 1; met = one() && met; } return met; };
  const either = () => { let met = both(); while (words[at] === 'OR') { at += 1; met = both() || met; } return met; };
  return either();
}

function faults(packages, { allow, exceptions, clarified, banned, registries }) {
  const found = [];
  for (const { name, version, license, source } of packages) {
    const expression = clarified.get(name) ?? license;
    const allowed = (licence) => allow.has(licence) || exceptions.get(name)?.includes(licence);
    if (!expression) found.push(`${name} ${version}: names no licence`);
    else if (!isMet(expression, allowed)) found.push(`${name} ${version}: ${expression} is not allowed`);
    if (banned.has(name)) found.push(`${name} ${version}: is banned`);
    if (source && !registries.has(source.replace(/^registry\+/, ''))) found.push(`${name} ${version}: from ${source}`);
  }
  const present = new Set(packages.map((one) => one.name));
  for (const name of exceptions.keys()) if (!present.has(name)) found.push(`the exception for ${name} is for nothing`);
  return found;
}

const known = rules(readFileSync(join(repository, 'deny.toml'), 'utf8'));

// The check itself: what it must find.
const from = 'registry+https://github.com/rust-lang/crates.io-index';
const bad = faults([
  { name: 'a', version: '1', license: 'AGPL-3.0-only', source: from },
  { name: 'b', version: '1', license: 'MIT AND (SSPL-1.0 OR AGPL-3.0)', source: from },
  { name: 'openssl-sys', version: '1', license: 'MIT', source: from },
  { name: 'c', version: '1', license: 'MIT', source: 'git+https://example.org/c' },
  { name: 'd', version: '1', license: null, source: null },
], { ...known, exceptions: new Map() });
if (bad.length !== 5 || known.allow.size < 5 || known.exceptions.size < 5) throw new Error(`finds ${bad.length} of 5 faults`);

const metadata = execFileSync('cargo', ['metadata', '--locked', '--format-version', '1'], {
  cwd: repository, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'],
});
const { packages } = JSON.parse(metadata);
const wrong = faults(packages, known);

// What the site is drawn with. Nothing of it is in any program.
const { licences } = JSON.parse(readFileSync(join(repository, 'scripts/packages.json'), 'utf8'));
const site = JSON.parse(readFileSync(join(repository, 'docs/site/package-lock.json'), 'utf8'));
const drawn = Object.entries(site.packages).filter(([path]) => path !== '').map(([path, { version, license }]) => ({
  name: path.replace(/^.*node_modules\//, ''), version, license, source: null,
}));
wrong.push(...faults(drawn, {
  allow: new Set(licences),
  exceptions: new Map([['robust-predicates', ['Unlicense']]]),
  clarified: new Map([['khroma', 'MIT']]), // its package has the licence's text only
  banned: new Set(),
  registries: new Set(),
}));
for (const fault of wrong) console.error(fault);
if (wrong.length > 0) process.exit(1);
console.log(`check-supply: ${packages.length} crates and ${drawn.length} packages of the site keep to the rules`);
