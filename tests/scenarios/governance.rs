//! The governor and what it owns: the queue, lanes by risk, roles, the steward, upgrades.

use crate::{
    hostile::Mood,
    stage::{Stage, Step, ETH, USD},
};
use breakwater_chain::{AccountId, Chain, ContractCall, Signer};
use breakwater_client::{
    abi,
    deploy::must,
    governor::{self, Governor},
    Bundle, GovernanceEvent,
};
use breakwater_protocol::{
    governance::{
        CodeInfo, GovernanceError, Lane, Operation, OperationId, Part, Role, Roles, Settings, State,
    },
    num::{
        math::WAD,
        time::{DAY_MS, HOUR_MS, MINUTE_MS},
    },
    Error, ReserveConfig, ALL,
};
use scale::Encode;

/// A market whose owner is a governor with default settings. Everybody may execute.
struct Scene<'a> {
    stage: Stage<'a>,
    governor: Governor,
    proposer: Signer,
    guardian: Signer,
    steward: Signer,
    salt: u8,
}

impl<'a> Scene<'a> {
    fn new(chain: &'a mut dyn Chain) -> Self {
        let stage = Stage::new(chain);
        let key = |uri| Signer::from_uri(uri).expect("a development key");
        let (proposer, guardian, steward) = (key("//Alice"), key("//Eve"), key("//Ferdie"));
        let roles = Roles {
            proposers: vec![proposer.account()],
            executors: vec![],
            guardians: vec![guardian.account()],
            stewards: vec![steward.account()],
        };
        let code = upload(stage.chain, &proposer, "governor");
        let constructor = Governor::constructor(&Settings::default(), &roles);
        let salt = stage.on.market.address.to_vec();
        let (address, receipt) =
            stage.chain.instantiate(&proposer, code, 0, constructor, salt).expect("instantiates");
        receipt.result.expect("instantiates");
        let mut scene =
            Self { stage, governor: Governor { address }, proposer, guardian, steward, salt: 0 };
        scene.hand_over();
        scene
    }

    /// Market and adapter go to the governor: offered by their owner, accepted by whoever asks it to.
    fn hand_over(&mut self) {
        let (admin, keeper) = (self.stage.admin.clone(), self.stage.keeper.clone());
        let (market, oracle) = (self.stage.on.market, self.stage.on.oracle);
        let (g, to) = (self.governor, self.governor.address);
        // Not offered yet; nor to the keeper.
        for of in [market.address, oracle.address] {
            let answer = refused_answer(Error::NotPendingOwner);
            let error = GovernanceError::CallReverted { place: 0, answer };
            let proposer = self.proposer.clone();
            assert_eq!(self.refusal(&proposer, &g.accept_ownership(of)), error);
            // A stranger can't make it call anything.
            let stranger = self.refusal(&keeper, &g.accept_ownership(of));
            assert_eq!(stranger, GovernanceError::NotMember);
        }
        assert_eq!(self.market_refusal(&keeper, &market.transfer_ownership(to)), Error::NotOwner);
        assert_eq!(self.market_refusal(&keeper, &oracle.transfer_ownership(to)), Error::NotOwner);
        self.stage.act("transfer_ownership", &admin, market.transfer_ownership(to));
        self.stage.act("transfer_ownership, oracle", &admin, oracle.transfer_ownership(to));
        assert_eq!(
            self.market_refusal(&keeper, &market.accept_ownership()),
            Error::NotPendingOwner
        );
        // Until it is accepted the owner is who they were, and may take the offer back.
        assert_eq!(self.owners(), [admin.account(); 2]);
        assert_eq!(market.succession(self.stage.chain).expect("a view").0, Some(to));
        self.stage.act("offer back", &admin, market.transfer_ownership(admin.account()));
        assert_eq!(market.succession(self.stage.chain).expect("a view").0, None);
        self.stage.act("transfer_ownership", &admin, market.transfer_ownership(to));
        // Nobody steers what it does not own.
        let config = self.config();
        let steward = self.steward.clone();
        let steered = self.refusal(&steward, &g.steer(market.address, 0, &config));
        assert_eq!(steered, GovernanceError::NotOwned);
        let guardian = self.guardian.clone();
        self.stage.act("accept_ownership", &guardian, g.accept_ownership(market.address));
        let proposer = self.proposer.clone();
        let call = g.accept_ownership(oracle.address);
        self.stage.act("accept_ownership, oracle", &proposer, call);
        assert_eq!(self.owners(), [to; 2]);
        // Who was the owner is nobody now.
        let config = self.config();
        let call = market.configure_reserve(0, &config);
        assert_eq!(self.market_refusal(&admin, &call), Error::NotOwner);
    }

    fn owners(&mut self) -> [AccountId; 2] {
        let (owner, ..) = self.stage.on.market.settings(self.stage.chain).expect("settings");
        [owner, self.stage.on.oracle.settings(self.stage.chain).expect("settings").0]
    }

    /// ETH's parameters.
    fn config(&mut self) -> ReserveConfig {
        self.stage.on.market.reserve(self.stage.chain, 0).expect("a reserve").config
    }

    /// A call that changes ETH's parameters.
    fn change(&mut self, change: impl FnOnce(&mut ReserveConfig)) -> ContractCall {
        let mut config = self.config();
        change(&mut config);
        self.stage.on.market.configure_reserve(0, &config)
    }

    /// Makes an operation of its own of some calls.
    fn operation(&mut self, lane: Lane, calls: &[ContractCall]) -> Operation {
        self.salt += 1;
        governor::operation(lane, calls, [self.salt; 32])
    }

    /// Queues it with its lane's delay. Its id.
    fn queue(&mut self, operation: &Operation) -> OperationId {
        let delay_ms = Settings::default().least_delay_ms(operation.lane);
        let (g, proposer) = (self.governor, self.proposer.clone());
        let calls = vec![g.queue(operation, delay_ms)];
        let receipt = must(self.stage.chain, &proposer, calls).expect("is queued");
        let id = governor::id_of(operation);
        let events: Vec<_> = receipt.events.iter().filter_map(GovernanceEvent::decode).collect();
        let [GovernanceEvent::OperationQueued(event)] = &events[..] else { panic!("one event") };
        assert_eq!((event.id.as_ref(), &event.operation), (&id[..], operation));
        assert_eq!(event.ready_ms, receipt.time_ms + delay_ms);
        assert_eq!(self.state(id), State::Waiting);
        id
    }

    /// Queues it and lets its delay pass.
    fn ready(&mut self, operation: &Operation) -> OperationId {
        let id = self.queue(operation);
        self.stage.pass_ms(Settings::default().least_delay_ms(operation.lane));
        assert_eq!(self.state(id), State::Ready);
        id
    }

    /// Anybody executes it.
    fn execute(&mut self, name: &'static str, operation: &Operation) {
        let (g, keeper) = (self.governor, self.stage.keeper.clone());
        self.stage.act(name, &keeper, g.execute(operation));
        assert_eq!(self.state(governor::id_of(operation)), State::Done);
    }

    fn state(&mut self, id: OperationId) -> State {
        self.governor.state(self.stage.chain, id).expect("a state")
    }

    /// Why the governor refuses; and when it is really tried nothing changes.
    fn refusal(&mut self, who: &Signer, call: &ContractCall) -> GovernanceError {
        let g = self.governor;
        let why = g.refusal(self.stage.chain, who.account(), call).expect("an answer");
        let before = self.picture();
        must(self.stage.chain, who, vec![call.clone()]).expect_err("is refused");
        assert_eq!(self.picture(), before, "a refused call changed something");
        why.expect("is refused")
    }

    /// Why the market or the adapter refuses.
    fn market_refusal(&mut self, who: &Signer, call: &ContractCall) -> Error {
        let dry_run = self.stage.chain.dry_run(who.account(), call).expect("a dry run");
        let output = dry_run.result.expect("does not trap");
        assert!(output.reverted);
        abi::decode::<Result<(), Error>>("call", &output).expect("decodes").expect_err("is refused")
    }

    fn execution_refusal(&mut self, operation: &Operation) -> GovernanceError {
        let (keeper, call) = (self.stage.keeper.clone(), self.governor.execute(operation));
        self.refusal(&keeper, &call)
    }

    /// What the governor keeps and owns.
    fn picture(&mut self) -> impl PartialEq + std::fmt::Debug {
        let (g, m) = (self.governor, self.stage.on.market);
        let chain = &mut *self.stage.chain;
        (
            g.settings(chain).expect("settings"),
            g.roles(chain).expect("roles"),
            g.open(chain).expect("open"),
            g.moved(chain, m.address, 0).expect("moves"),
            m.settings(chain).expect("settings"),
            m.reserve(chain, 0).expect("a reserve").config,
            m.succession(chain).expect("codes"),
        )
    }
}

fn upload(chain: &mut dyn Chain, who: &Signer, name: &str) -> [u8; 32] {
    let wasm = Bundle::load(name).expect("contracts are built").wasm;
    chain.upload(who, &wasm).expect("uploads")
}

/// What a message answers that is refused: `Ok(Err(error))`.
fn refused_answer(error: Error) -> Vec<u8> {
    (0u8, Err::<(), _>(error)).encode()
}

/// A change through the queue: not before its delay, not after its grace, once, as it was queued.
pub fn a_change_through_the_queue(chain: &mut dyn Chain) -> Vec<Step> {
    let mut scene = Scene::new(chain);
    let (proposer, keeper) = (scene.proposer.clone(), scene.stage.keeper.clone());
    let (guardian, g) = (scene.guardian.clone(), scene.governor);
    let more = scene.change(|config| config.tiers[0].ltv_bps += 100);
    let operation = scene.operation(Lane::Standard, &[more]);
    let queue = g.queue(&operation, 2 * DAY_MS);
    for stranger in [&keeper, &guardian] {
        assert_eq!(scene.refusal(stranger, &queue), GovernanceError::NotProposer);
    }
    for delay_ms in [0, 2 * DAY_MS - 1, 30 * DAY_MS + 1] {
        let call = g.queue(&operation, delay_ms);
        assert_eq!(scene.refusal(&proposer, &call), GovernanceError::DelayOutOfRange);
    }
    assert_eq!(scene.execution_refusal(&operation), GovernanceError::Unknown);

    let id = scene.queue(&operation);
    assert_eq!(g.open(scene.stage.chain).expect("a view"), [id]);
    assert_eq!(scene.refusal(&proposer, &queue), GovernanceError::IdUsed);
    assert_eq!(scene.execution_refusal(&operation), GovernanceError::TooEarly);
    scene.stage.pass_ms(2 * DAY_MS - HOUR_MS);
    assert_eq!(scene.execution_refusal(&operation), GovernanceError::TooEarly);
    scene.stage.pass_ms(HOUR_MS);
    // Another salt, another operation; and the one queued is bound to every byte.
    let other = Operation { salt: [0xEE; 32], ..operation.clone() };
    assert_eq!(scene.execution_refusal(&other), GovernanceError::Unknown);
    let mut other = operation.clone();
    other.calls[0].data[10] ^= 1;
    assert_eq!(scene.execution_refusal(&other), GovernanceError::Unknown);
    let other = Operation { lane: Lane::Lowering, ..operation.clone() };
    assert_eq!(scene.execution_refusal(&other), GovernanceError::Unknown);

    scene.execute("execute", &operation);
    assert_eq!(scene.config().tiers[0].ltv_bps, 7_600);
    assert_eq!(g.open(scene.stage.chain).expect("a view"), [[0; 32]; 0]);
    assert_eq!(scene.execution_refusal(&operation), GovernanceError::Done);
    assert_eq!(scene.refusal(&proposer, &queue), GovernanceError::IdUsed);
    assert_eq!(scene.refusal(&guardian, &g.cancel(id)), GovernanceError::Done);

    // Too late.
    let more = scene.change(|config| config.tiers[0].ltv_bps += 100);
    let operation = scene.operation(Lane::Standard, &[more]);
    let id = scene.ready(&operation);
    scene.stage.pass_ms(7 * DAY_MS + MINUTE_MS);
    assert_eq!(scene.state(id), State::Expired);
    assert_eq!(scene.execution_refusal(&operation), GovernanceError::TooLate);
    assert_eq!(scene.refusal(&guardian, &g.cancel(id)), GovernanceError::TooLate);
    assert_eq!(g.open(scene.stage.chain).expect("a view"), [[0; 32]; 0]);

    // Cancelled.
    let operation = Operation { salt: [0xDD; 32], ..operation };
    let id = scene.ready(&operation);
    assert_eq!(scene.refusal(&keeper, &g.cancel(id)), GovernanceError::NotCanceller);
    scene.stage.act("cancel", &guardian, g.cancel(id));
    assert_eq!(scene.state(id), State::Cancelled);
    assert_eq!(scene.execution_refusal(&operation), GovernanceError::Cancelled);
    assert_eq!(scene.refusal(&guardian, &g.cancel(id)), GovernanceError::Cancelled);

    // One after the other; all calls of one or none.
    let more = scene.change(|config| config.tiers[0].ltv_bps += 100);
    let first = scene.operation(Lane::Standard, std::slice::from_ref(&more));
    let unsafe_change = scene.change(|config| config.tiers[0].ltv_bps = 9_000);
    let second = Operation {
        predecessor: Some(governor::id_of(&first)),
        ..scene.operation(Lane::Standard, &[more, unsafe_change])
    };
    scene.queue(&first);
    scene.ready(&second);
    assert_eq!(scene.execution_refusal(&second), GovernanceError::PredecessorNotDone);
    scene.execute("execute", &first);
    let answer = refused_answer(Error::LtvNotBelowThreshold);
    let error = GovernanceError::CallReverted { place: 1, answer };
    assert_eq!(scene.execution_refusal(&second), error);
    assert_eq!(scene.state(governor::id_of(&second)), State::Ready);
    scene.stage.steps
}

/// What lowers risk waits an hour; that it does is checked when it is executed.
pub fn lowering_risk_is_quick(chain: &mut dyn Chain) -> Vec<Step> {
    let mut scene = Scene::new(chain);
    let (proposer, g) = (scene.proposer.clone(), scene.governor);
    let (market, oracle) = (scene.stage.on.market, scene.stage.on.oracle);
    // A lower LTV and cap, a wider band, a deeper cut while guarded: all at once.
    let less = scene.change(|config| {
        config.tiers[0].ltv_bps = 5_000;
        config.collateral_cap /= 2;
    });
    let token = scene.stage.on.eth.address;
    let mut feed = oracle.feed(scene.stage.chain, token).expect("a view").expect("a feed").config;
    feed.band_bps += 100;
    let (_, _, mut params) = market.settings(scene.stage.chain).expect("settings");
    params.breaker.guarded_cut_bps += 500;
    let calls = [less, oracle.configure(token, &feed), market.set_params(&params)];
    assert_eq!(governor::lane(scene.stage.chain, &calls).expect("a lane"), Lane::Lowering);
    let operation = scene.operation(Lane::Lowering, &calls);
    let too_soon = g.queue(&operation, HOUR_MS - 1);
    assert_eq!(scene.refusal(&proposer, &too_soon), GovernanceError::DelayOutOfRange);
    scene.ready(&operation);
    scene.execute("execute, lowering", &operation);
    assert_eq!(scene.config().tiers[0].ltv_bps, 5_000);
    let kept = oracle.feed(scene.stage.chain, token).expect("a view").expect("a feed").config;
    assert_eq!(kept, feed);

    // What raises it has to take the long way, alone or among others.
    let up = scene.change(|config| config.tiers[0].ltv_bps = 5_001);
    feed.band_bps -= 1;
    params.breaker.guarded_cut_bps -= 1;
    let narrower = oracle.configure(token, &feed);
    let bolder = market.set_params(&params);
    let same = scene.change(|_| ());
    for calls in [vec![up], vec![narrower], vec![same.clone(), bolder]] {
        assert_eq!(governor::lane(scene.stage.chain, &calls).expect("a lane"), Lane::Standard);
        let operation = scene.operation(Lane::Lowering, &calls);
        scene.ready(&operation);
        assert_eq!(scene.execution_refusal(&operation), GovernanceError::RaisesRisk);
    }
    // It is the parameters of the day that count, not those when it was queued.
    let half = scene.change(|config| config.tiers[0].ltv_bps = 4_000);
    let third = scene.change(|config| config.tiers[0].ltv_bps = 3_000);
    let (half, third) =
        (scene.operation(Lane::Lowering, &[half]), scene.operation(Lane::Lowering, &[third]));
    scene.queue(&half);
    scene.ready(&third);
    scene.execute("execute, lowering", &third);
    assert_eq!(scene.execution_refusal(&half), GovernanceError::RaisesRisk);

    // Nothing else goes in the short lane, and nothing else with a change.
    for call in [
        market.transfer_ownership(proposer.account()),
        market.upgrade(None, None, None),
        market.reset_breaker(None),
        g.set_settings(&Settings::default()),
    ] {
        let operation = scene.operation(Lane::Lowering, &[same.clone(), call]);
        let queue = g.queue(&operation, HOUR_MS);
        assert_eq!(scene.refusal(&proposer, &queue), GovernanceError::NotAChange);
    }
    // A market that is none can't tell what it has.
    let elsewhere = ContractCall::new(scene.stage.on.eth.address, market.set_params(&params).data);
    let operation = scene.operation(Lane::Lowering, &[elsewhere]);
    scene.ready(&operation);
    assert_eq!(scene.execution_refusal(&operation), GovernanceError::NotOwned);
    scene.stage.steps
}

/// The governor changes itself by its own calls only; guardians stop anything but their own end.
pub fn the_governor_governs_itself(chain: &mut dyn Chain) -> Vec<Step> {
    let mut scene = Scene::new(chain);
    let (g, proposer, guardian) = (scene.governor, scene.proposer.clone(), scene.guardian.clone());
    let keeper = scene.stage.keeper.clone();
    let slower = Settings { delay_ms: 3 * DAY_MS, ..Settings::default() };
    for who in [&proposer, &guardian, &keeper] {
        let call = g.set_settings(&slower);
        assert_eq!(scene.refusal(who, &call), GovernanceError::NotGovernor);
        let call = g.set_members(Role::Proposer, &[who.account()]);
        assert_eq!(scene.refusal(who, &call), GovernanceError::NotGovernor);
    }
    // Of its own messages, settings and roles only.
    let inner = scene.operation(Lane::Standard, &[g.set_settings(&slower)]);
    for call in [
        g.execute(&inner),
        g.queue(&inner, 2 * DAY_MS),
        g.cancel([0; 32]),
        g.accept_ownership(scene.stage.on.market.address),
        ContractCall { value: 1, ..g.set_settings(&slower) },
    ] {
        let operation = scene.operation(Lane::Standard, &[call]);
        let queue = g.queue(&operation, 2 * DAY_MS);
        assert_eq!(scene.refusal(&proposer, &queue), GovernanceError::BadSelfCall);
    }
    assert_eq!(
        scene.refusal(&proposer, &g.accept_ownership(g.address)),
        GovernanceError::BadSelfCall
    );

    // It can't be left without a proposer or with senseless delays.
    let nobody = scene.operation(Lane::Standard, &[g.set_members(Role::Proposer, &[])]);
    let never = Settings { grace_ms: 0, ..Settings::default() };
    let never = scene.operation(Lane::Standard, &[g.set_settings(&never)]);
    scene.queue(&nobody);
    scene.ready(&never);
    for (operation, why) in
        [(&nobody, GovernanceError::RolesOutOfRange), (&never, GovernanceError::SettingsOutOfRange)]
    {
        let answer = (0u8, Err::<(), _>(why)).encode();
        let error = GovernanceError::CallReverted { place: 0, answer };
        assert_eq!(scene.execution_refusal(operation), error);
    }

    // Guardians stop what they will, but not who comes after them, if that is all there is to it.
    let successor = g.set_members(Role::Guardian, &[keeper.account()]);
    let with_more = scene.operation(Lane::Standard, &[successor.clone(), g.set_settings(&slower)]);
    let alone = scene.operation(Lane::Standard, std::slice::from_ref(&successor));
    let taken_back = scene.operation(Lane::Standard, &[successor]);
    let (with_more, back) = (scene.queue(&with_more), scene.queue(&taken_back));
    scene.stage.act("cancel", &guardian, g.cancel(with_more));
    // One at a time; its proposer may change their mind.
    let second = g.queue(&alone, 2 * DAY_MS);
    assert_eq!(scene.refusal(&proposer, &second), GovernanceError::ReplacementOpen);
    scene.stage.act("cancel, own", &proposer, g.cancel(back));
    let id = scene.ready(&alone);
    assert_eq!(scene.refusal(&guardian, &g.cancel(id)), GovernanceError::ReplacesGuardian);
    assert_eq!(scene.refusal(&keeper, &g.cancel(id)), GovernanceError::NotCanceller);
    scene.execute("execute, guardians", &alone);
    let change = scene.operation(Lane::Standard, &[g.set_settings(&slower)]);
    let id = scene.queue(&change);
    assert_eq!(scene.refusal(&guardian, &g.cancel(id)), GovernanceError::NotCanceller);
    scene.stage.act("cancel", &keeper, g.cancel(id));

    // New delays hold for what is queued after them, and executors when there are some.
    let waiting = scene.change(|config| config.tiers[0].ltv_bps += 1);
    let waiting = scene.operation(Lane::Standard, &[waiting]);
    let members = g.set_members(Role::Executor, &[guardian.account()]);
    let change = scene.operation(Lane::Standard, &[g.set_settings(&slower), members]);
    scene.queue(&waiting);
    scene.ready(&change);
    scene.execute("execute, settings", &change);
    assert_eq!(g.settings(scene.stage.chain).expect("settings"), slower);
    assert_eq!(scene.execution_refusal(&waiting), GovernanceError::NotExecutor);
    scene.stage.act("execute, executor", &guardian, g.execute(&waiting));
    let queue = g.queue(&inner, 2 * DAY_MS);
    assert_eq!(scene.refusal(&proposer, &queue), GovernanceError::DelayOutOfRange);
    scene.stage.steps
}

/// As many operations may be open as are allowed; those that are over make room.
pub fn the_queue_is_bounded(chain: &mut dyn Chain) -> Vec<Step> {
    let mut scene = Scene::new(chain);
    let (g, proposer) = (scene.governor, scene.proposer.clone());
    let call = scene.change(|_| ());
    let mut ids = Vec::new();
    for _ in 0..32 {
        let operation = scene.operation(Lane::Lowering, std::slice::from_ref(&call));
        ids.push(scene.queue(&operation));
    }
    let next = scene.operation(Lane::Lowering, std::slice::from_ref(&call));
    let queue = g.queue(&next, HOUR_MS);
    assert_eq!(scene.refusal(&proposer, &queue), GovernanceError::TooManyOpen);
    scene.stage.act("cancel", &proposer, g.cancel(ids[7]));
    scene.queue(&next);
    scene.stage.pass_ms(8 * DAY_MS);
    assert_eq!(g.open(scene.stage.chain).expect("a view").len(), 0);
    let last = scene.operation(Lane::Lowering, std::slice::from_ref(&call));
    let id = scene.queue(&last);
    assert_eq!(g.open(scene.stage.chain).expect("a view"), [id]);

    let crowd = scene.operation(Lane::Lowering, &vec![call.clone(); 9]);
    let none = scene.operation(Lane::Lowering, &[]);
    let short = scene.operation(Lane::Standard, &[ContractCall::new([9; 32], vec![1, 2, 3])]);
    let long = scene.operation(Lane::Standard, &[ContractCall::new([9; 32], vec![0; 9_000])]);
    for operation in [crowd, none, short, long] {
        let queue = g.queue(&operation, 2 * DAY_MS);
        assert_eq!(scene.refusal(&proposer, &queue), GovernanceError::SizeOutOfRange);
    }
    scene.stage.steps
}

/// A steward moves a few parameters by a bounded step, each once a day, and nothing else.
pub fn a_steward_within_bounds(chain: &mut dyn Chain) -> Vec<Step> {
    let mut scene = Scene::new(chain);
    let (g, steward, proposer) = (scene.governor, scene.steward.clone(), scene.proposer.clone());
    let m = scene.stage.on.market;
    let old = scene.config();
    let steer = |config: &ReserveConfig| g.steer(m.address, 0, config);
    let mut new = old.clone();
    new.tiers[0].ltv_bps -= 100;
    new.liquidity.depth = old.liquidity.depth / 10 * 12;
    assert_eq!(scene.refusal(&proposer, &steer(&new)), GovernanceError::NotSteward);
    for beyond in [ReserveConfig { collateral_cap: old.collateral_cap / 10 * 7, ..old.clone() }, {
        let mut new = old.clone();
        new.tiers[0].ltv_bps += 101;
        new
    }] {
        assert_eq!(scene.refusal(&steward, &steer(&beyond)), GovernanceError::BeyondBound);
    }
    for foreign in [
        old.clone(),
        ReserveConfig { frozen: true, ..new.clone() },
        ReserveConfig { threshold_ramp_bps_per_day: 51, ..new.clone() },
        {
            let mut new = new.clone();
            new.tiers[0].liquidation_threshold_bps += 1;
            new
        },
    ] {
        assert_eq!(scene.refusal(&steward, &steer(&foreign)), GovernanceError::NotForSteward);
    }
    scene.stage.act("steer", &steward, steer(&new));
    assert_eq!(scene.config(), new);

    // The same parameter again only after a day; another at once.
    let mut next = new.clone();
    next.tiers[0].ltv_bps -= 1;
    assert_eq!(scene.refusal(&steward, &steer(&next)), GovernanceError::MovedToday);
    let cap = ReserveConfig { collateral_cap: old.collateral_cap / 10 * 9, ..new.clone() };
    scene.stage.act("steer, cap", &steward, steer(&cap));
    scene.stage.pass_ms(DAY_MS - HOUR_MS);
    next.collateral_cap = cap.collateral_cap;
    assert_eq!(scene.refusal(&steward, &steer(&next)), GovernanceError::MovedToday);
    scene.stage.pass_ms(HOUR_MS);
    scene.stage.act("steer, next day", &steward, steer(&next));
    assert_eq!(scene.config(), next);
    // The market has its own say.
    scene.stage.pass_ms(2 * DAY_MS);
    let low = scene.change(|config| config.tiers[0].ltv_bps = 7_990);
    let low = scene.operation(Lane::Standard, &[low]);
    scene.ready(&low);
    scene.execute("execute", &low);
    let mut up = scene.config();
    up.tiers[0].ltv_bps = 8_000;
    let error = GovernanceError::MarketRefused(Error::LtvNotBelowThreshold);
    assert_eq!(scene.refusal(&steward, &steer(&up)), error);
    scene.stage.steps
}

/// A target that calls back into the governor while it is executed is refused with all it did.
pub fn nobody_enters_through_a_target(chain: &mut dyn Chain) -> Vec<Step> {
    let mut scene = Scene::new(chain);
    let (g, proposer) = (scene.governor, scene.proposer.clone());
    let code = upload(scene.stage.chain, &proposer, "hostile");
    let salt = scene.governor.address.to_vec();
    let (hostile, receipt) = scene
        .stage
        .chain
        .instantiate(&proposer, code, 0, abi::input("new", ()), salt)
        .expect("instantiates");
    receipt.result.expect("instantiates");
    // A transfer, at which the fixture does as it is told.
    let arguments = (proposer.account(), 1u128, Vec::<u8>::new());
    let call = abi::call(hostile, "PSP22::transfer", arguments);
    let other = scene.change(|config| config.collateral_cap /= 2);
    let other = scene.operation(Lane::Lowering, &[other]);
    let operation = scene.operation(Lane::Standard, &[call]);
    scene.queue(&operation);
    scene.stage.pass_ms(2 * DAY_MS - HOUR_MS);
    scene.ready(&other);
    let arm = |scene: &mut Scene, mood: Mood| {
        let calls = vec![abi::call(hostile, "arm", (mood,))];
        must(scene.stage.chain, &proposer, calls).expect("is armed");
    };
    let into = |target: AccountId, call: &ContractCall| {
        let (selector, arguments) = call.data.split_at(4);
        let selector = selector.try_into().expect("four bytes");
        Mood::Calls { target, selector, arguments: arguments.to_vec() }
    };
    for entry in [
        g.execute(&other),
        g.execute(&operation),
        g.queue(&other, 2 * DAY_MS),
        g.cancel(governor::id_of(&other)),
        g.set_settings(&Settings::default()),
        g.set_members(Role::Guardian, &[]),
        abi::call(g.address, "state", (governor::id_of(&other),)),
    ] {
        // From outside it is a message; from within the chain stops it and the target traps.
        let output = scene.stage.chain.dry_run(proposer.account(), &entry).expect("a dry run");
        assert_eq!(output.result.expect("does not trap").data[0], 0);
        arm(&mut scene, into(g.address, &entry));
        let error = GovernanceError::CallFailed { place: 0 };
        assert_eq!(scene.execution_refusal(&operation), error);
    }
    // A target that traps or refuses is told apart.
    arm(&mut scene, Mood::Traps);
    assert_eq!(scene.execution_refusal(&operation), GovernanceError::CallFailed { place: 0 });
    arm(&mut scene, Mood::Refuses);
    let error = scene.execution_refusal(&operation);
    assert!(matches!(error, GovernanceError::CallReverted { place: 0, .. }), "{error:?}");
    // It was the entry that was refused: another contract may be called.
    let oracle = scene.stage.on.oracle.address;
    let elsewhere = into(oracle, &abi::call(oracle, "settings", ()));
    arm(&mut scene, elsewhere);
    scene.execute("execute, target calls", &operation);
    let tally: (bool, u32) =
        abi::query(scene.stage.chain, hostile, hostile, "tally", ()).expect("a tally");
    assert_eq!(tally, (true, 1));
    scene.execute("execute", &other);
    scene.stage.steps
}

/// A code that answers every message alike: what it says of itself is all there is to it.
fn code_that_says(answer: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).ok().filter(|n| *n < 64).expect("short");
    let section = |id: u8, content: &[u8]| [&[id, length(content)], content].concat();
    let text = |text: &str| [&[length(text.as_bytes())], text.as_bytes()].concat();
    let imports = [
        vec![2],
        [text("seal0"), text("seal_return"), vec![0, 0]].concat(),
        [text("env"), text("memory"), vec![2, 1, 1, 1]].concat(),
    ];
    let exports = [vec![2], text("deploy"), vec![0, 1], text("call"), vec![0, 2]];
    let return_it = [0, 0x41, 0, 0x41, 0, 0x41, length(answer), 0x10, 0, 0x0B];
    let bodies = [&[2, 2, 0, 0x0B, length(&return_it)], &return_it[..]];
    let data = [&[1, 0, 0x41, 0, 0x0B, length(answer)], answer];
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[2, 0x60, 3, 0x7F, 0x7F, 0x7F, 0, 0x60, 0, 0]),
        section(2, &imports.concat()),
        section(3, &[2, 1, 1]),
        section(7, &exports.concat()),
        section(10, &bodies.concat()),
        section(11, &data.concat()),
    ]
    .concat()
}

/// A market with a loan and an open auction gets a new front and a new admin code and goes on.
/// Codes that don't fit are refused.
pub fn an_upgrade_in_the_middle_of_an_auction(chain: &mut dyn Chain) -> Vec<Step> {
    let mut scene = Scene::new(chain);
    let (m, eth, usd) = (scene.stage.on.market, scene.stage.on.eth_asset, scene.stage.on.usd_asset);
    let (admin, keeper) = (scene.stage.admin.clone(), scene.stage.keeper.clone());
    let borrower = scene.stage.borrower.clone();
    let who = scene.stage.loan();
    let [front, admin_code, token] = ["market_front_next", "market_admin_next", "token"]
        .map(|name| upload(scene.stage.chain, &admin, name));
    let (_, old_auctions, old_admin) = m.succession(scene.stage.chain).expect("codes");
    let old_front = scene.stage.chain.contract_code_hash(m.address).expect("a hash");
    let now = CodeInfo { part: Part::Front, layout: 5, version: 1 };
    assert_eq!(m.version(scene.stage.chain).expect("a version"), now);
    let call = m.upgrade(Some(front), None, Some(admin_code));
    assert_eq!(scene.market_refusal(&admin, &call), Error::NotOwner);

    // The loan goes bad and its auction is half done.
    scene.stage.price(180);
    scene.stage.act("liquidate", &keeper, m.liquidate(who));
    scene.stage.pass_ms(5 * MINUTE_MS);
    scene.stage.price(180);
    scene.stage.act("take, part", &keeper, m.take(who, eth, usd, 100 * USD, 0));
    let before = scene.stage.account(who);
    assert!(before.auction.is_some());

    // Codes that are not there, are no market, are another part of one, or keep other balances.
    let says = |info: CodeInfo| code_that_says(&(0u8, info).encode());
    let fits = CodeInfo { part: Part::Admin, layout: now.layout, version: 3 };
    let [relaid, mute, refuses] = [
        says(CodeInfo { layout: now.layout + 1, ..fits }),
        code_that_says(&[]),
        code_that_says(&[1, 1]),
    ]
    .map(|wasm| scene.stage.chain.upload(&admin, &wasm).expect("uploads"));
    let refused = [
        (m.upgrade(None, None, Some([7; 32])), Error::CodeMissing),
        (m.upgrade(Some([7; 32]), None, Some(admin_code)), Error::CodeMissing),
        (m.upgrade(None, None, Some(token)), Error::CodeMissing),
        (m.upgrade(None, Some(mute), None), Error::CodeMissing),
        (m.upgrade(None, Some(refuses), None), Error::CodeMissing),
        (m.upgrade(None, None, Some(relaid)), Error::WrongCode),
        (m.upgrade(None, Some(admin_code), None), Error::WrongCode),
        (m.upgrade(Some(old_auctions), None, None), Error::WrongCode),
    ]
    .map(|(call, why)| (scene.operation(Lane::Standard, &[call]), why));
    for (operation, _) in &refused {
        scene.queue(operation);
    }
    let fresh = scene.operation(Lane::Standard, &[m.upgrade(Some(front), None, Some(admin_code))]);
    scene.ready(&fresh);
    for (operation, why) in refused {
        let answer = refused_answer(why);
        let error = GovernanceError::CallReverted { place: 0, answer };
        assert_eq!(scene.execution_refusal(&operation), error);
    }
    // What is refused there is the number: the same code with this layout's would do.
    let fitting = scene.stage.chain.upload(&admin, &says(fits)).expect("uploads");
    let dry = m.upgrade(None, None, Some(fitting));
    let dry = scene.stage.chain.dry_run(scene.governor.address, &dry).expect("a dry run");
    assert!(!dry.result.expect("does not trap").reverted);

    scene.execute("execute, upgrade", &fresh);
    let next = CodeInfo { version: 2, ..now };
    assert_eq!(m.version(scene.stage.chain).expect("a version"), next);
    let hash = scene.stage.chain.contract_code_hash(m.address).expect("a hash");
    assert_eq!((hash, hash == old_front), (Some(front), false));
    let codes = m.succession(scene.stage.chain).expect("codes");
    assert_eq!(codes, (None, old_auctions, admin_code));
    assert_ne!(admin_code, old_admin);

    // The auction goes on where it was: a take by the old code of auctions, a top-up by the new
    // front, and everybody leaves.
    assert_eq!(scene.stage.account(who), before);
    scene.stage.price(180);
    let events = scene.stage.act("take, upgraded", &keeper, m.take(who, eth, usd, ALL, 0));
    assert!(!events.is_empty());
    assert!(scene.stage.account(who).auction.is_none());
    scene.stage.act("repay, upgraded", &borrower, m.repay(usd, ALL, None));
    scene.stage.act("withdraw_collateral", &borrower, m.withdraw_collateral(eth, ALL));
    scene.stage.act("deposit_collateral", &borrower, m.deposit_collateral(eth, ETH, None));
    let lender = scene.stage.lender.clone();
    scene.stage.act("backstop_deposit", &lender, m.backstop_deposit(usd, 100 * USD));
    scene.stage.assert_backed();
    assert_eq!(scene.stage.health(who).ok(), Some(u128::MAX / (WAD / 1_000)));
    // And back: each release says what it is, so a rollback is an upgrade like any other.
    let back = m.upgrade(old_front, None, Some(old_admin));
    let back = scene.operation(Lane::Standard, &[back]);
    scene.ready(&back);
    scene.execute("execute, rollback", &back);
    assert_eq!(m.version(scene.stage.chain).expect("a version"), now);
    scene.stage.steps
}
