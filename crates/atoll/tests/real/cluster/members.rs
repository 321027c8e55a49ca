//! Members and what tests ask of all of them.

use std::time::Duration;

use atoll_host::{Clock as _, SystemClock};

use atoll_testkit::Server;
use atoll_testkit::free_port;
use atoll_testkit::wire::{Request, Response};
use serde_json::{Value, json};

use crate::registry::{Registry, program, texts};

/// The key of all clusters here.
pub(crate) const KEY: &str = "f3b90c5d17a2e846";
/// How long members may take to agree, or to hand everything over.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Servers, of which some or all are members of one cluster.
pub(crate) struct Members {
    pub(crate) each: Vec<Registry>,
    links: Vec<u16>,
    /// Where the others reach the links: the same ports, unless a test put something between.
    reached: Vec<u16>,
    settings: Value,
}

impl Members {
    /// Starts members with their search on and waits until they serve every shard.
    pub(crate) fn start(count: usize) -> Self {
        Self::start_with(count, json!({}))
    }

    /// The same with `settings` on each of them.
    pub(crate) fn start_with(count: usize, settings: Value) -> Self {
        let mut members = Self::prepare(count, settings);
        members.list(&(0..count).collect::<Vec<_>>());
        members.each.iter_mut().for_each(|member| member.server.launch());
        members.settle();
        members
    }

    /// Makes folders and starts nothing.
    pub(crate) fn prepare(count: usize, settings: Value) -> Self {
        let each = (0..count).map(|_| Registry { server: Server::prepare(program(), json!({})) }).collect();
        let links: Vec<u16> = (0..count).map(|_| free_port()).collect();
        Self { each, reached: links.clone(), links, settings }
    }

    /// Writes into the configuration of these servers that they are the members.
    pub(crate) fn list(&self, listed: &[usize]) {
        for nth in listed {
            self.configure(*nth, listed);
        }
    }

    /// Writes into the configuration of one server who the members are.
    pub(crate) fn configure(&self, nth: usize, listed: &[usize]) {
        let address = |nth: &usize| self.each[*nth].server.address().to_string();
        let details = |nth: &usize| json!({ "address": address(nth), "link": format!("127.0.0.1:{}", self.reached[*nth]) });
        let mut settings = json!({
            "extensions": { "search": { "enable": true }, "ui": { "enable": true }, "metrics": { "enable": true } },
            "cluster": { "members": listed.iter().map(address).collect::<Vec<_>>(), "hashKey": KEY },
            "atoll": { "cluster": {
                "members": listed.iter().map(details).collect::<Vec<_>>(),
                "link": { "listen": format!("127.0.0.1:{}", self.links[nth]) },
            } },
        });
        lay_over(&mut settings, &self.settings);
        self.each[nth].server.configure(settings);
    }

    /// Lets the others reach a member's link through another port.
    pub(crate) fn reach_through(&mut self, nth: usize, port: u16) {
        self.reached[nth] = port;
    }

    /// The port of a member's link.
    pub(crate) fn link(&self, nth: usize) -> u16 {
        self.links[nth]
    }

    /// Waits until every running member says that nothing is missing and nothing moves.
    pub(crate) fn settle(&self) {
        let running = || self.each.iter().filter(|member| member.server.is_running());
        let began = SystemClock::new();
        let mut seen = Value::Null;
        while !running().all(|member| {
            seen = report(member).unwrap_or(Value::Null);
            seen["missing"].as_array().is_some_and(Vec::is_empty)
                && seen["moves"].as_array().is_some_and(Vec::is_empty)
        }) {
            if began.elapsed() > PATIENCE {
                let logs: Vec<String> = running().map(|member| member.server.log_end()).collect();
                panic!("the members did not settle: {seen}\n{}", logs.join("\n-- next member\n"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until a member says something of the cluster that holds.
    pub(crate) fn await_report(&self, nth: usize, holds: impl Fn(&Value) -> bool) {
        let member = &self.each[nth];
        let is_it = |said: &Option<Value>| said.as_ref().is_some_and(&holds);
        let _said =
            awaited(|| report(member), is_it, |said| format!("{said:?}\n{}", member.server.log_end()));
    }

    /// Which member serves a repository, by what the members say of themselves: it alone answers when all others are asked to hold
    /// still is too slow, so it is looked up in what the program itself computes.
    pub(crate) fn owner(&self, repository: &str) -> usize {
        let config = self.each[0].server.config();
        let told = self.each[0].server.run(&[
            "cluster",
            "owner",
            repository,
            "--config",
            config.to_str().unwrap(),
            "-o",
            "json",
        ]);
        assert!(told.status.success(), "{}", told.output);
        let text = told.output.lines().filter(|line| !line.starts_with("warning")).collect::<String>();
        let told: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {}", told.output));
        let address = told["address"].as_str().unwrap_or_default();
        let owner = self.each.iter().position(|member| member.server.address().to_string() == address);
        owner.unwrap_or_else(|| panic!("no member is the owner: {told}"))
    }

    /// A repository that this member serves.
    pub(crate) fn repository_of(&self, nth: usize, prefix: &str) -> String {
        let names = (0..200).map(|number| format!("{prefix}/{number}"));
        names.into_iter().find(|name| self.owner(name) == nth).expect("a repository of each member")
    }
}

/// What a member says of the cluster; nothing while it does not answer.
pub(crate) fn report(member: &Registry) -> Option<Value> {
    let mut connection = atoll_testkit::wire::Connection::open(member.server.address()).ok()?;
    let asked = Request::new("GET", "/v2/_atoll/cluster").field("Connection", "close");
    let answer = connection.ask(&asked).ok()?;
    (answer.status == 200).then(|| answer.json())
}

/// Asks a search and gives the whole answer.
pub(crate) fn search(member: &Registry, query: &str) -> Response {
    let request = Request::new("POST", "/v2/_zot/ext/search").field("Content-Type", "application/json");
    member.ask(&request.content(json!({ "query": query }).to_string()))
}

/// The names of the catalog.
pub(crate) fn catalog(member: &Registry) -> Vec<String> {
    let answer = member.get("/v2/_catalog");
    assert_eq!(answer.status, 200, "{}", answer.text());
    texts(&answer.json()["repositories"])
}

/// Looks until it finds what is looked for, for as long as members may take.
pub(crate) fn awaited<T>(look: impl Fn() -> T, is_it: impl Fn(&T) -> bool, told: impl Fn(&T) -> String) -> T {
    let began = SystemClock::new();
    loop {
        let found = look();
        if is_it(&found) {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{}", told(&found));
        std::thread::sleep(LOOK_EVERY);
    }
}

fn lay_over(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}
