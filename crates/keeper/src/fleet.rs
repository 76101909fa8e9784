//! Keepers of several markets in one process, each in a thread of its own with its own key and store; and a
//! configuration that is read again when it changes.
//!
//! A market whose part of the file has changed gets a keeper anew: all that matters is in its store, so it goes
//! on where the old one stopped. A file that can't be used changes nothing.

mod watch;

pub use watch::FileWatch;

use crate::{
    config::{
        several::{self, Member},
        Config, ConfigError,
    },
    endpoints::Connect,
    http::Shown,
    metrics::Metrics,
    service::{Keeper, KeeperError, Round},
};
use breakwater_chain::{address::to_ss58, AccountId};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    thread::JoinHandle,
    time::Duration,
};

/// Pause between two looks at the file, at signals and at the keepers.
const LOOK: Duration = Duration::from_millis(200);

/// How keepers are run.
pub struct Launch {
    /// Connections for a configuration.
    pub connect: Box<dyn Fn(&Config) -> Connect + Send>,
    pub dry_run: bool,
    /// What is told of each round.
    pub each: Arc<dyn Fn(&Round) + Send + Sync>,
}

/// A keeper in its thread.
struct Running {
    member: Member,
    account: AccountId,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), KeeperError>>>,
}

/// The keepers of a file.
pub struct Fleet {
    launch: Launch,
    running: Vec<Running>,
    /// By market; they outlive a change of its configuration.
    metrics: BTreeMap<String, Arc<Metrics>>,
    shown: Arc<Shown>,
}

impl Fleet {
    /// Starts a keeper for each market.
    ///
    /// # Errors
    /// The first that can't be started; none runs then.
    pub fn start(
        launch: Launch,
        members: Vec<Member>,
        shown: Arc<Shown>,
    ) -> Result<Self, KeeperError> {
        let mut fleet = Self { launch, running: Vec::new(), metrics: BTreeMap::new(), shown };
        for member in &members {
            fleet.metrics_of(&member.name);
        }
        fleet.show();
        for member in members {
            let running = fleet.begin(member)?;
            fleet.running.push(running);
        }
        Ok(fleet)
    }

    /// Runs until told to stop, and reads the file again when it changes or `again` is set.
    ///
    /// # Errors
    /// The last keeper's, once all have stopped with one.
    pub fn run(
        &mut self,
        path: &Path,
        stop: &AtomicBool,
        again: &AtomicBool,
    ) -> Result<(), KeeperError> {
        let mut file = FileWatch::new(path);
        while !stop.load(Ordering::Relaxed) {
            if again.swap(false, Ordering::Relaxed) | file.has_changed() {
                self.reload(several::load(path));
            }
            self.reap()?;
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Takes a configuration over: what has changed of it is begun anew. One that can't be used changes
    /// nothing, and so does a market's part with which its keeper does not start.
    pub fn reload(&mut self, members: Result<Vec<Member>, ConfigError>) {
        let members = match members {
            Ok(members) => members,
            Err(why) => {
                tracing::error!(%why, "the configuration can't be used: the old one stays");
                return;
            }
        };
        let is_gone = |one: &Running| !members.iter().any(|new| new.name == one.member.name);
        let (gone, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.running).into_iter().partition(is_gone);
        self.running = kept;
        for one in gone {
            tracing::info!(market = one.member.name, "no longer in the configuration: it stops");
            self.metrics.remove(&one.member.name);
            drop(one);
        }
        for member in members {
            let place = self.running.iter().position(|one| one.member.name == member.name);
            let old = place.map(|place| self.running.remove(place));
            match old {
                Some(old) if old.member.is_like(&member) => self.running.push(old),
                Some(old) => self.replace(old, member),
                None => self.add(member),
            }
        }
        self.show();
    }

    /// How many keepers run.
    pub fn len(&self) -> usize {
        self.running.iter().filter(|one| one.thread.is_some()).count()
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A market's metrics.
    pub fn metrics(&self, market: &str) -> Option<&Arc<Metrics>> {
        self.metrics.get(market)
    }

    fn replace(&mut self, old: Running, member: Member) {
        let (market, before) = (member.name.clone(), old.member.clone());
        // One store, one keeper: the old one lets go of it first.
        drop(old);
        match self.begin(member) {
            Ok(new) => {
                tracing::info!(
                    market,
                    "its configuration has changed: it goes on with the new one"
                );
                self.running.push(new);
            }
            Err(why) => {
                tracing::error!(market, %why, "it does not start like this: the old configuration stays");
                self.add(before);
            }
        }
    }

    fn add(&mut self, member: Member) {
        let market = member.name.clone();
        match self.begin(member) {
            Ok(new) => self.running.push(new),
            Err(why) => tracing::error!(market, %why, "its keeper does not start"),
        }
    }

    fn begin(&mut self, member: Member) -> Result<Running, KeeperError> {
        let (config, market) = (member.config.clone(), member.name.clone());
        let signer = config.signer.load()?;
        let account = signer.account();
        if self.running.iter().any(|one| one.account == account) {
            let rule = "two markets have one key: one key, one keeper";
            return Err(ConfigError::OutOfRange(rule).into());
        }
        let metrics = self.metrics_of(&market);
        let connect = (self.launch.connect)(&config);
        let mut keeper = Keeper::start(config, signer, connect, self.launch.dry_run, metrics)?;
        tracing::info!(
            market,
            account = to_ss58(&account),
            cursor = keeper.store().cursor().block.number,
            accounts = keeper.index().len(),
            dry_run = self.launch.dry_run,
            "started"
        );
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, each) = (Arc::clone(&stop), Arc::clone(&self.launch.each));
        let work = move || {
            let span = tracing::info_span!("keeper", market);
            let _inside = (!market.is_empty()).then(|| span.enter());
            keeper.run(&stopped, |round| each(round))
        };
        let thread = std::thread::Builder::new().name("keeper".into()).spawn(work);
        // As where no thread can be had anywhere else.
        let thread = Some(thread.map_err(|why| KeeperError::Thread(why.to_string()))?);
        Ok(Running { member, account, stop, thread })
    }

    /// Looks whether keepers have stopped by themselves: with an error that does not pass. The others go on.
    fn reap(&mut self) -> Result<(), KeeperError> {
        let mut last = None;
        for one in &mut self.running {
            if let Some(thread) = one.thread.take_if(|thread| thread.is_finished()) {
                let market = one.member.name.as_str();
                match thread.join() {
                    Ok(Ok(())) => {}
                    Ok(Err(why)) => {
                        tracing::error!(market, %why, "a keeper has stopped");
                        last = Some(why);
                    }
                    Err(_) => {
                        tracing::error!(market, "a keeper has panicked");
                        last = Some(KeeperError::Thread("it has panicked".into()));
                    }
                }
            }
        }
        match last {
            Some(why) if self.is_empty() => Err(why),
            _ => Ok(()),
        }
    }

    fn metrics_of(&mut self, market: &str) -> Arc<Metrics> {
        let made = || Arc::new(Metrics::of(market));
        Arc::clone(self.metrics.entry(market.to_owned()).or_insert_with(made))
    }

    fn show(&self) {
        let of = |(name, metrics): (&String, &Arc<Metrics>)| (name.clone(), Arc::clone(metrics));
        self.shown.set(self.metrics.iter().map(of).collect());
    }
}

impl Drop for Running {
    /// It ends after the round at hand.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // One that has panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}
