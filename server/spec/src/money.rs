//! Exact money.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An amount of US dollars as a whole number of pico-dollars (10^-12), never a float.
///
/// List prices are dollars per million tokens with few decimals, so price times tokens is exact in this unit.
/// In JSON it is a decimal string (`"0.0042"`), because a JSON number is a float to most readers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd(i128);

const PICO: i128 = 1_000_000_000_000;

impl Usd {
    /// Nothing.
    pub const ZERO: Usd = Usd(0);

    /// From pico-dollars.
    pub const fn from_pico(pico: i128) -> Usd {
        Usd(pico)
    }

    /// As pico-dollars.
    pub const fn pico(self) -> i128 {
        self.0
    }

    /// Reads a plain decimal (`12`, `0.5`, `-3.25`): at most 12 decimals, below 10^15 dollars, no exponent.
    pub fn parse(text: &str) -> Option<Usd> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 15 || fraction.len() > 12 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        if digits.ends_with('.') {
            return None;
        }
        let pico = whole.parse::<i128>().ok()? * PICO + format!("{fraction:0<12}").parse::<i128>().ok()?;
        Some(Usd(if negative { -pico } else { pico }))
    }

    /// Sum that stays at the limit instead of wrapping.
    pub fn plus(self, other: Usd) -> Usd {
        Usd(self.0.saturating_add(other.0))
    }

    /// Difference that stays at the limit instead of wrapping.
    pub fn minus(self, other: Usd) -> Usd {
        Usd(self.0.saturating_sub(other.0))
    }

    /// The amount times a whole number.
    pub fn times(self, count: u64) -> Usd {
        Usd(self.0.saturating_mul(i128::from(count)))
    }

    /// The exact decimal without trailing zeros: `0.0042`.
    pub fn exact(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / PICO as u128, self.0.unsigned_abs() % PICO as u128);
        let text = format!("{sign}{whole}.{fraction:012}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// For people: `$12.40`, and below ten cents two significant digits (`$0.0042`).
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let pico = self.0.unsigned_abs();
        let mut decimals = 2;
        let mut step = PICO as u128 / 100;
        while pico != 0 && step > 1 && pico < 10 * step {
            step /= 10;
            decimals += 1;
        }
        let rounded = (pico + step / 2) / step;
        let scale = PICO as u128 / step;
        let text = format!("{}.{:0decimals$}", rounded / scale, rounded % scale);
        let short = if decimals > 2 { text.trim_end_matches('0') } else { &text };
        let missing = 2usize.saturating_sub(short.len() - short.find('.').map_or(0, |dot| dot + 1));
        write!(f, "{sign}${short}{}", "0".repeat(missing))
    }
}

impl fmt::Debug for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.exact())
    }
}

impl std::iter::Sum for Usd {
    fn sum<I: Iterator<Item = Usd>>(amounts: I) -> Usd {
        amounts.fold(Usd::ZERO, Usd::plus)
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.exact())
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Usd, D::Error> {
        let text = String::deserialize(deserializer)?;
        Usd::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an amount of dollars")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_plain_decimals_only() {
        assert_eq!(Usd::parse("12"), Some(Usd::from_pico(12 * PICO)));
        assert_eq!(Usd::parse("0.000000000001"), Some(Usd::from_pico(1)));
        for bad in ["", ".", "1.", ".5", "1e3", "+1", "NaN", "0.0000000000001", "1_000", "$1", "1,5"] {
            assert_eq!(Usd::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn is_short_for_people() {
        let shown = |text: &str| Usd::parse(text).unwrap().to_string();
        assert_eq!(shown("12.4"), "$12.40");
        assert_eq!(shown("0"), "$0.00");
        assert_eq!(shown("0.013464"), "$0.013");
        assert_eq!(shown("0.0042"), "$0.0042");
        assert_eq!(shown("0.01"), "$0.01");
        assert_eq!(shown("-1.005"), "-$1.01");
        assert_eq!(shown("1234.5"), "$1234.50");
        assert_eq!(shown("0.1"), "$0.10");
    }

    proptest! {
        #[test]
        fn exact_text_reads_back(pico in -10i128.pow(26)..10i128.pow(26)) {
            prop_assert_eq!(Usd::parse(&Usd(pico).exact()), Some(Usd(pico)));
        }
    }
}
