//! `GET /v2/_zot/ext/mgmt`: which server this is and how one logs in, for clients that have not.

use serde::Serialize;

use crate::answer::Answer;
use crate::edge::Ask;
use crate::error::Error;
use crate::header as names;

/// The version of the distribution specification that is followed.
const SPECIFICATION: &str = "1.1.1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Management<'a> {
    dist_spec_version: &'static str,
    commit: &'a str,
    release_tag: &'a str,
    binary_type: &'a str,
    http: Http,
}

#[derive(Serialize)]
struct Http {
    auth: Logins,
}

/// The ways to log in, each a key that is there if the way is. There is none yet, which tells clients that everybody is welcome.
#[derive(Serialize)]
struct Logins {}

impl Ask<'_> {
    pub(crate) fn management(&self) -> Result<Answer, Error> {
        let build = &self.shared.options.build;
        let body = Management {
            dist_spec_version: SPECIFICATION,
            commit: &build.commit,
            release_tag: &build.version,
            binary_type: &build.parts,
            http: Http { auth: Logins {} },
        };
        Ok(Answer::full(names::JSON, serde_json::to_vec(&body)?))
    }
}
