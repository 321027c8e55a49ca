//! Keys of authentication.

use super::{COUNT, Key, Verdict, key, refused};
use crate::kind::Kind::{Boolean, Duration, Free, Named, Path, Port, Secret, Stanza, Stanzas, Text, Texts};

const LOGIN: Verdict = refused(
    "logins are not built yet, so everybody could read and write everything: remove the stanza only if that is what \
     you want",
);

macro_rules! login {
    ($($path:literal, $kind:expr, $meaning:literal;)*) => {
        &[$(key(concat!("http.auth", $path), $kind, $meaning).verdict(LOGIN),)*]
    };
}

pub(super) const KEYS: &[Key] = login! {
    "", Stanza, "Who may log in, and how.";
    ".failDelay", COUNT, "Seconds to wait before a failed login is answered.";
    ".htpasswd", Stanza, "Users in a password file.";
    ".htpasswd.path", Path, "The password file (bcrypt, SHA-256-crypt or SHA-512-crypt).";
    ".ldap", Stanza, "Users in a directory.";
    ".ldap.address", Text, "Host of the directory server.";
    ".ldap.port", Port, "Port of the directory server.";
    ".ldap.insecure", Boolean, "Whether to talk to it unencrypted.";
    ".ldap.startTLS", Boolean, "Whether to begin in plain text and then encrypt.";
    ".ldap.skipVerify", Boolean, "Whether to take any certificate.";
    ".ldap.subtreeSearch", Boolean, "Whether to look below the base's children.";
    ".ldap.baseDN", Text, "Where the users are.";
    ".ldap.userAttribute", Text, "Attribute that holds the user's name.";
    ".ldap.userFilter", Text, "Filter that users must match.";
    ".ldap.userGroupAttribute", Text, "Attribute that holds the user's groups.";
    ".ldap.credentialsFile", Path, "File with the name and password to bind with.";
    ".ldap.caCert", Path, "Authority that the server's certificate is checked against.";
    ".bearer", Stanza, "Tokens signed by somebody else.";
    ".bearer.realm", Text, "Address of the token server.";
    ".bearer.service", Text, "Name of this registry at the token server.";
    ".bearer.cert", Path, "Certificate that tokens are checked with.";
    ".bearer.awsSecretsManager", Stanza, "Keys kept in AWS Secrets Manager.";
    ".bearer.awsSecretsManager.region", Text, "The region.";
    ".bearer.awsSecretsManager.secretName", Text, "The secret's name.";
    ".bearer.awsSecretsManager.refreshInterval", Duration, "How often the keys are read again.";
    ".bearer.oidc", Stanzas, "Issuers of workload identity tokens.";
    ".bearer.oidc[].issuer", Text, "The issuer's address.";
    ".bearer.oidc[].audiences", Texts, "Audiences of which a token must name one.";
    ".bearer.oidc[].claimMapping", Stanza, "How claims become a user.";
    ".bearer.oidc[].claimMapping.variables", Stanzas, "Named expressions for use in the others.";
    ".bearer.oidc[].claimMapping.variables[].name", Text, "The variable's name.";
    ".bearer.oidc[].claimMapping.variables[].expression", Text, "CEL expression.";
    ".bearer.oidc[].claimMapping.validations", Stanzas, "Conditions that a token must meet.";
    ".bearer.oidc[].claimMapping.validations[].expression", Text, "CEL expression.";
    ".bearer.oidc[].claimMapping.validations[].message", Text, "What is said when it does not hold.";
    ".bearer.oidc[].claimMapping.username", Text, "CEL expression that gives the user's name.";
    ".bearer.oidc[].claimMapping.groups", Text, "CEL expression that gives the user's groups.";
    ".bearer.oidc[].certificateAuthority", Text, "PEM text of the issuer's authority.";
    ".bearer.oidc[].certificateAuthorityFile", Path, "PEM file of the issuer's authority.";
    ".bearer.oidc[].skipIssuerVerification", Boolean, "Whether any issuer is taken.";
    ".bearer.upstreamTokenEndpoint", Stanza, "Token server that requests for tokens are handed on to.";
    ".bearer.upstreamTokenEndpoint.realm", Text, "Its address.";
    ".bearer.upstreamTokenEndpoint.service", Text, "Name of this registry there.";
    ".bearer.upstreamTokenEndpoint.allowInsecureHttp", Boolean, "Whether plain HTTP is allowed.";
    ".openid", Stanza, "Logins in the browser by an identity provider.";
    ".openid.providers", Named, "The providers: google, gitlab, github or oidc.";
    ".openid.providers.*.name", Text, "Name shown on the login page.";
    ".openid.providers.*.clientid", Text, "Client id at the provider.";
    ".openid.providers.*.clientsecret", Secret, "Client secret at the provider.";
    ".openid.providers.*.credentialsFile", Path, "File with client id and secret.";
    ".openid.providers.*.keypath", Path, "Key for signing requests.";
    ".openid.providers.*.issuer", Text, "Address of the issuer.";
    ".openid.providers.*.authurl", Text, "Address of the authorization page, if not discovered.";
    ".openid.providers.*.tokenurl", Text, "Address of the token endpoint, if not discovered.";
    ".openid.providers.*.scopes", Texts, "Scopes asked for.";
    ".openid.providers.*.claimMapping", Stanza, "Which claims name the user.";
    ".openid.providers.*.claimMapping.username", Text, "Claim that holds the user's name.";
    ".openid.providers.*.claimMapping.groups", Text, "Claim that holds the user's groups.";
    ".openid.callbackAllowOrigins", Texts, "Origins that a login may return to.";
    ".apikey", Boolean, "Whether users may make API keys.";
    ".sessionKeysFile", Path, "File with the keys that cookies are sealed with.";
    ".sessionDriver", Free, "Where sessions are kept; settings of the driver.";
    ".secureSession", Boolean, "Whether cookies are for encrypted connections only.";
    ".mtls", Stanza, "Identity from the client's certificate.";
    ".mtls.identityAttributes", Texts, "Parts of the certificate that are tried in turn.";
    ".mtls.uriSanPattern", Text, "Pattern that finds the name in a URI.";
    ".mtls.uriSanIndex", COUNT, "Which URI is taken.";
    ".mtls.dnsSanIndex", COUNT, "Which DNS name is taken.";
    ".mtls.emailSanIndex", COUNT, "Which e-mail address is taken.";
};
