// A loan, its auction and a purchase from it, with dedot's client for nodes of the older JSON-RPC.
//   node dedot.mjs [node's URL] [deployment file] [folder of the contracts' metadata]
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Keyring } from '@polkadot/api';
import { LegacyClient, WsProvider } from 'dedot';
import { Contract } from 'dedot/contracts';
import { parse } from 'smol-toml';

const [
  url = 'ws://127.0.0.1:9944',
  deploymentFile = 'breakwater.deployment.toml',
  artifacts = new URL('../../contracts/artifacts', import.meta.url).pathname,
] = process.argv.slice(2);

const deployment = parse(readFileSync(deploymentFile, 'utf8'));
const asset = (symbol) => deployment.asset.find((asset) => asset.symbol === symbol);
const [eth, usd] = [asset('ETH'), asset('USD')];
const client = await LegacyClient.new(new WsProvider(url));
const contract = (name, address) =>
  new Contract(client, readFileSync(`${artifacts}/${name}.json`, 'utf8'), address);
const market = contract('market', deployment.market);
const oracle = contract('oracle', deployment.oracle);
const lens = contract('lens', deployment.lens);
const ether = contract('token', eth.token);
const dollar = contract('token', usd.token);

const keyring = new Keyring({ type: 'sr25519' });
const [alice, bob] = [keyring.addFromUri('//Alice'), keyring.addFromUri('//Bob')];
const [ETH, USD, WAD] = [10n ** 18n, 10n ** 6n, 10n ** 18n];

// A dry run: what a message would answer. Of a Result it is the value; its error is thrown by name.
async function view(contract, message, signer, ...args) {
  const { data } = await contract.query[message](...args, { caller: signer.address });
  if (data?.isErr) throw new Error(typeof data.err === 'string' ? data.err : data.err.type);
  return data?.isOk ? data.value : data;
}

// A transaction with the gas of its dry run and the margin of docs/performance.md (0.2 %): the events of the contract,
// by name.
async function send(contract, message, signer, ...args) {
  const { raw } = await contract.query[message](...args, { caller: signer.address });
  const tx = contract.tx[message](...args, { gasLimit: { ...raw.gasRequired, refTime: (raw.gasRequired.refTime * 1_002n) / 1_000n } });
  const { events, dispatchError } = await tx.signAndSend(signer).untilFinalized();
  if (dispatchError) {
    const known = client.registry.findErrorMeta(dispatchError);
    throw new Error(known ? `${known.pallet}.${known.name}` : dispatchError.type);
  }
  const ours = events.filter(({ event }) =>
    client.events.contracts.ContractEmitted.is(event) &&
    event.palletEvent.data.contract.eq(contract.address));
  return contract.decodeEvents(ours);
}

async function push(dollars) {
  const time = await client.query.timestamp.now();
  await send(oracle, 'push', alice, [[eth.token, dollars * WAD, time], [usd.token, WAD, time]]);
}

await push(2000n);
await send(dollar, 'mint', alice, alice.address, 1_000_000n * USD);
await send(ether, 'mint', alice, bob.address, 10n * ETH);
const most = 2n ** 128n - 1n;
await send(dollar, 'psp22Approve', alice, market.address, most);
await send(ether, 'psp22Approve', bob, market.address, most);
const [supplied] = await send(market, 'supply', alice, usd.id, 500_000n * USD, undefined);
assert.equal(supplied.name, 'Supplied');
assert.equal(supplied.data.assets, 500_000n * USD);
await send(market, 'depositCollateral', bob, eth.id, 10n * ETH, false, undefined);
const [borrowed] = await send(market, 'borrow', bob, usd.id, 14_900n * USD, undefined);
assert.equal(borrowed.name, 'Borrowed');
assert.ok(borrowed.data.account.eq(bob.address));

await assert.rejects(view(market, 'borrow', bob, usd.id, 5_000n * USD, undefined), {
  message: 'InsufficientCollateral',
});
await assert.rejects(send(market, 'borrow', bob, usd.id, 5_000n * USD, undefined), {
  message: 'Contracts.ContractReverted',
});

const health = () => view(lens, 'account', alice, bob.address);
console.log('before the fall', await health());
await assert.rejects(view(market, 'liquidate', alice, bob.address), { message: 'Healthy' });
await push(1800n);
const started = await send(market, 'liquidate', alice, bob.address);
assert.ok(started.some(({ name }) => name === 'LiquidationStarted'));
await send(dollar, 'psp22Approve', alice, market.address, most);
const before = await view(ether, 'psp22BalanceOf', alice, alice.address);
const taken = await send(
  market, 'take', alice, bob.address, eth.id, usd.id, most, 0n, undefined, undefined, undefined,
);
const after = await view(ether, 'psp22BalanceOf', alice, alice.address);
assert.ok(taken.some(({ name }) => name === 'Taken'), taken.map(({ name }) => name).join());
assert.ok(after > before);
console.log('taken', taken.find(({ name }) => name === 'Taken').data);
await assert.rejects(view(market, 'liquidate', alice, bob.address), { message: 'Healthy' });

await client.disconnect();
console.log('PASSED dedot');
