// A loan, its auction and a purchase from it, with @polkadot/api-contract.
//   node polkadot.mjs [node's URL] [deployment file] [folder of the contracts' metadata]
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { ContractPromise } from '@polkadot/api-contract';
import { parse } from 'smol-toml';

const [
  url = 'ws://127.0.0.1:9944',
  deploymentFile = 'breakwater.deployment.toml',
  artifacts = new URL('../../contracts/artifacts', import.meta.url).pathname,
] = process.argv.slice(2);

// What `breakwater deploy` has written, and what the compiler has: addresses and interfaces.
const deployment = parse(readFileSync(deploymentFile, 'utf8'));
const asset = (symbol) => deployment.asset.find((asset) => asset.symbol === symbol);
const [eth, usd] = [asset('ETH'), asset('USD')];
const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });
const contract = (name, address) =>
  new ContractPromise(api, readFileSync(`${artifacts}/${name}.json`, 'utf8'), address);
const market = contract('market', deployment.market);
const oracle = contract('oracle', deployment.oracle);
const lens = contract('lens', deployment.lens);
const ether = contract('token', eth.token);
const dollar = contract('token', usd.token);

const keyring = new Keyring({ type: 'sr25519' });
const [alice, bob] = [keyring.addFromUri('//Alice'), keyring.addFromUri('//Bob')];
const [ETH, USD, WAD] = [10n ** 18n, 10n ** 6n, 10n ** 18n];

// A dry run: what a message would answer, and the gas it would take. Gas is that of a block.
const gasLimit = api.consts.system.blockWeights.maxBlock;
async function ask(contract, message, signer, ...args) {
  const options = { gasLimit, storageDepositLimit: null };
  const run = await contract.query[message](signer.address, options, ...args);
  if (run.result.isErr) throw new Error(`${message}: ${nameOf(run.result.asErr)}`);
  return { answer: run.output.asOk, gas: run.gasRequired };
}

// A view's value. What the contract refuses is an `Error` of it, by name.
async function view(contract, message, signer, ...args) {
  const { answer } = await ask(contract, message, signer, ...args);
  return answer.toRawType().startsWith('Result') || answer.isOk !== undefined
    ? answer.isOk ? answer.asOk : Promise.reject(new Error(answer.asErr.type))
    : answer;
}

// What a dry run requires, and the margin of docs/performance.md: where time had passed already at the dry run,
// interest is worked out of other numbers in the block, by divisions of other lengths.
const withMargin = (gas) => api.registry.createType('WeightV2', {
  refTime: (gas.refTime.toBigInt() * 1_002n) / 1_000n,
  proofSize: gas.proofSize,
});

// A transaction with the gas of its dry run and the margin: the events of the contract, by name.
async function send(contract, message, signer, ...args) {
  const { gas } = await ask(contract, message, signer, ...args);
  const tx = contract.tx[message]({ gasLimit: withMargin(gas), storageDepositLimit: null }, ...args);
  const result = await new Promise((resolve, reject) => {
    const told = (result) => {
      if (result.dispatchError) reject(new Error(nameOf(result.dispatchError)));
      else if (result.isFinalized) resolve(result);
      else if (result.isError) reject(new Error(result.status.type));
    };
    tx.signAndSend(signer, { nonce: -1 }, told).catch(reject);
  });
  return result.contractEvents.map(({ event, args }) => ({
    name: event.identifier.split('::').at(-1),
    ...Object.fromEntries(event.args.map(({ name }, index) => [name, args[index]])),
  }));
}

// The chain's own errors have names in its metadata.
function nameOf(error) {
  if (!error.isModule) return error.type;
  const { section, name } = api.registry.findMetaError(error.asModule);
  return `${section}.${name}`;
}

// A price report, at the chain's time: it may not be of the future.
async function push(dollars) {
  const time = await api.query.timestamp.now();
  const reports = [[eth.token, dollars * WAD, time], [usd.token, WAD, time]];
  await send(oracle, 'push', alice, reports);
}

// Alice lends dollars; Bob borrows some of them against ether.
await push(2000n);
await send(dollar, 'mint', alice, alice.address, 1_000_000n * USD);
await send(ether, 'mint', alice, bob.address, 10n * ETH);
const most = 2n ** 128n - 1n;
await send(dollar, 'psp22::approve', alice, market.address, most);
await send(ether, 'psp22::approve', bob, market.address, most);
const [supplied] = await send(market, 'supply', alice, usd.id, 500_000n * USD, null);
assert.equal(supplied.name, 'Supplied');
assert.equal(supplied.assets.toBigInt(), 500_000n * USD);
await send(market, 'depositCollateral', bob, eth.id, 10n * ETH, false, null);
const [borrowed] = await send(market, 'borrow', bob, usd.id, 14_900n * USD, null);
assert.equal(borrowed.name, 'Borrowed');
assert.equal(borrowed.account.toString(), bob.address);
assert.equal(borrowed.assets.toBigInt(), 14_900n * USD);

// More than the collateral is good for: the dry run names the error, and so it needs no fee to learn it.
await assert.rejects(view(market, 'borrow', bob, usd.id, 5_000n * USD, null), {
  message: 'InsufficientCollateral',
});
// Sent all the same, it is in a block, and its contract has reverted.
await assert.rejects(send(market, 'borrow', bob, usd.id, 5_000n * USD, null), {
  message: 'contracts.ContractReverted',
});

// What Bob has, and how healthy that is: below 1 it can be liquidated.
const health = async () => (await view(lens, 'account', alice, bob.address)).toJSON();
console.log('before the fall', await health());

// The price falls. Anybody starts the auction, for a reward; whoever finds its bonus good takes.
await assert.rejects(view(market, 'liquidate', alice, bob.address), { message: 'Healthy' });
await push(1800n);
const started = await send(market, 'liquidate', alice, bob.address);
assert.ok(started.some(({ name }) => name === 'LiquidationStarted'));
await send(dollar, 'psp22::approve', alice, market.address, most);
const before = await view(ether, 'psp22::balanceOf', alice, alice.address);
const taken = await send(
  market, 'take', alice, bob.address, eth.id, usd.id, most, 0, null, null, null,
);
const take = taken.find(({ name }) => name === 'Taken');
const after = await view(ether, 'psp22::balanceOf', alice, alice.address);
assert.ok(take, taken.map(({ name }) => name).join());
assert.ok(after.toBigInt() > before.toBigInt());
console.log('taken', Object.fromEntries(Object.entries(take).map(([name, value]) => [name, `${value}`])));
console.log('after', await health());
await assert.rejects(view(market, 'liquidate', alice, bob.address), { message: 'Healthy' });

await api.disconnect();
console.log('PASSED @polkadot/api-contract');
