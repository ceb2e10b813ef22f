//! Signatures of decisions: made by the user's own `ssh-keygen` with the user's own key, checked here without starting
//! anything.
//!
//! The key is named in the user's configuration and nowhere else. What a signature is worth is decided in
//! [`delivery::attest`].

use crate::files::{self, FileError, Root};
use crate::home::Home;
use crate::process::{self, Cancel, Limits, ProcessError, Spec, Unwatched};
use crate::programs::{common_environment, find_helper};
use delivery::attest::{NAMESPACE, Signature};
use ssh_key::{Algorithm, PublicKey, SshSig};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What `ssh-keygen` and the agents it asks are given of the environment.
const ENVIRONMENT: [&str; 9] = [
    "HOME",
    "SSH_AUTH_SOCK",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "SSH_SK_PROVIDER",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
];

/// Errors of signing.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// There is no `ssh-keygen`.
    #[error("`ssh-keygen` is not installed, and `signing` of your configuration asks for a signature")]
    Missing,
    /// It could not be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// It said no.
    #[error("the decision was not signed with {key}: {message}")]
    Refused {
        /// Path of the key.
        key: String,
        /// What it said, one line.
        message: String,
    },
    /// See inside.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Whether a key must be touched: a token's says so in its first word, in its own file or the public half beside it.
pub fn must_be_touched(key: &Path) -> bool {
    let beside = PathBuf::from(format!("{}.pub", key.display()));
    let is_token = |path: &Path| files::read_own(path, 64 << 10).is_ok_and(|bytes| bytes.starts_with(b"sk-"));
    is_token(key) || is_token(&beside)
}

/// Signs a record's bytes with a key of the user: a public key whose other half an agent or a token holds, or a private
/// key. The person may have to touch it.
pub(crate) fn sign(home: &Home, root: &Root, key: &Path, record: &[u8]) -> Result<String, SignError> {
    let program = find_helper("ssh-keygen", root.path()).ok_or(SignError::Missing)?;
    let words = ["-q", "-Y", "sign", "-n", NAMESPACE, "-f"].map(str::to_owned);
    let mut argv = vec![program.display().to_string()];
    argv.extend(words);
    argv.push(key.display().to_string());
    let mut environment = common_environment();
    let named = ENVIRONMENT.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
    environment.extend(named);
    let spec = Spec {
        argv,
        // nothing of the repository is looked at
        folder: home.repository(root)?,
        environment,
        input: record.to_vec(),
        limits: Limits { wall: Duration::from_secs(60), ..Limits::default() },
        fence: None,
        run: format!("sign-{}", uuid::Uuid::now_v7()),
        keep: None,
    };
    let ended = process::run_unchecked(&spec, &Cancel::default(), &mut Unwatched)?;
    let refused = |message: String| SignError::Refused { key: key.display().to_string(), message };
    if ended.exit != Some(0) {
        let said = crate::harness::one_line(&ended.errors.text());
        return Err(refused(match said {
            said if said.is_empty() => "ssh-keygen gave up".to_owned(),
            said if said.contains("passphrase") => {
                "it is locked by a passphrase; give it to ssh-agent first (ssh-add) and name its public half".to_owned()
            }
            said => said,
        }));
    }
    let signature = ended.output.text();
    match verify(record, signature.as_bytes()) {
        Signature::Holds { .. } => Ok(signature),
        Signature::Broken(why) => Err(refused(why)),
    }
}

/// What a signature beside a record is.
pub(crate) fn verify(record: &[u8], signature: &[u8]) -> Signature {
    let broken = |why: &str| Signature::Broken(why.to_owned());
    let Ok(signature) = SshSig::from_pem(signature) else { return broken("it cannot be read") };
    if signature.namespace() != NAMESPACE {
        return broken("it was made for something else");
    }
    let kind = signature.algorithm();
    let touched = matches!(kind, Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256);
    if !touched && !matches!(kind, Algorithm::Ed25519 | Algorithm::Ecdsa { .. }) {
        return Signature::Broken(format!("keys of type {kind} are not known here; take ed25519, ECDSA or a token's"));
    }
    let key = PublicKey::from(signature.public_key().clone());
    if key.verify(NAMESPACE, record, &signature).is_err() {
        return broken("the record is not as it was signed");
    }
    let Ok(written) = key.to_openssh() else { return broken("its key cannot be read") };
    // flags and counter of a token stand behind its signature; the first flag is the touch
    let bytes = signature.signature_bytes();
    let flags = bytes.len().checked_sub(5).and_then(|at| bytes.get(at)).copied().unwrap_or_default();
    Signature::Holds { key: keys(&written), presence: touched && flags & 1 == 1 }
}

fn keys(written: &str) -> String {
    delivery::attest::keys(written).into_iter().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};
    use ssh_key::private::Ed25519Keypair;
    use ssh_key::public::{KeyData, SkEd25519};
    use ssh_key::{HashAlg, LineEnding, Signature as Raw, SigningKey};

    fn raw(key: &impl SigningKey, bytes: &[u8]) -> Raw {
        key.sign(bytes)
    }

    /// What a token makes, with or without a touch.
    fn by_token(record: &[u8], flags: u8) -> String {
        let pair = Ed25519Keypair::from_seed(&[7; 32]);
        let trailer = [flags, 0, 0, 0, 1];
        let message = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, record).unwrap();
        let signed = [&Sha256::digest(b"ssh:")[..], &trailer, &Sha256::digest(&message)].concat();
        let bare = ssh_key::PrivateKey::from(pair.clone());
        let bare = raw(&bare, &signed);
        let raw = Raw::new(Algorithm::SkEd25519, [bare.as_bytes(), &trailer].concat()).unwrap();
        let key = KeyData::SkEd25519(SkEd25519::new(pair.public, "ssh:"));
        SshSig::new(key, NAMESPACE, HashAlg::Sha512, raw).unwrap().to_pem(LineEnding::LF).unwrap()
    }

    #[test]
    fn a_token_says_whether_it_was_touched() {
        for (flags, touched) in [(1, true), (5, true), (0, false), (4, false)] {
            match verify(b"record", by_token(b"record", flags).as_bytes()) {
                Signature::Holds { key, presence } => {
                    assert_eq!(presence, touched, "{flags}");
                    assert!(key.starts_with("sk-ssh-ed25519@openssh.com AAAA"), "{key}");
                }
                broken => panic!("{broken:?}"),
            }
        }
        let other = verify(b"recorD", by_token(b"record", 1).as_bytes());
        assert_eq!(other, Signature::Broken("the record is not as it was signed".into()));
        assert_eq!(verify(b"", b"-----BEGIN SSH"), Signature::Broken("it cannot be read".into()));
    }
}
