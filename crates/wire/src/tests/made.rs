//! Values of any type, made from its description alone: so that every message has a sample which cannot be forgotten.
//!
//! Numbers and texts are always the same ones. Of each enum the variant of this round is taken: over all rounds, every variant occurs.

use serde::de::value::Error;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};

/// What a text can be: the first that its type accepts.
const TEXTS: [&str; 3] = [
    "name",
    "application/vnd.oci.image.manifest.v1+json",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// A value for each variant of the enum with the most variants, and last one without anything that may be absent.
pub(super) fn all<T: DeserializeOwned>() -> Vec<T> {
    let (mut made, mut rounds) = (Vec::new(), 1);
    while made.len() < rounds {
        let (value, met) = one(made.len(), false);
        rounds = rounds.max(met);
        made.push(value);
    }
    made.push(one(0, true).0);
    made
}

/// The value of one round, and the number of variants of the largest enum in it.
fn one<T: DeserializeOwned>(round: usize, is_bare: bool) -> (T, usize) {
    let mut maker = Maker { round, is_bare, rounds: 1, texts: Vec::new(), next_text: 0 };
    loop {
        maker.next_text = 0;
        match T::deserialize(&mut maker) {
            Ok(value) => return (value, maker.rounds),
            // The last text was not accepted: the next one is tried in its place.
            Err(error) => {
                maker.texts.truncate(maker.next_text);
                match maker.texts.last_mut() {
                    Some(text) if *text + 1 < TEXTS.len() => *text += 1,
                    _ => panic!("no sample of {}: {error}", std::any::type_name::<T>()),
                }
            }
        }
    }
}

struct Maker {
    round: usize,
    /// Options and lists are empty.
    is_bare: bool,
    /// Variants of the largest enum that was met.
    rounds: usize,
    /// Which text was taken at each place.
    texts: Vec<usize>,
    next_text: usize,
}

impl Maker {
    fn text(&mut self) -> &'static str {
        if self.next_text == self.texts.len() {
            self.texts.push(0);
        }
        self.next_text += 1;
        TEXTS[self.texts[self.next_text - 1]]
    }
}

/// Elements that are still to come.
struct Several<'a>(&'a mut Maker, usize);

impl<'de> SeqAccess<'de> for Several<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.1 == 0 {
            return Ok(None);
        }
        self.1 -= 1;
        seed.deserialize(&mut *self.0).map(Some)
    }
}

impl<'de> MapAccess<'de> for Several<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.0)
    }
}

impl<'de> VariantAccess<'de> for &mut Maker {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Several(self, len))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Several(self, fields.len()))
    }
}

macro_rules! constant {
    ($($method:ident => $visit:ident($($value:expr)?);)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit($($value)?)
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Maker {
    type Error = Error;

    constant! {
        deserialize_bool => visit_bool(true);
        deserialize_u8 => visit_u8(7);
        deserialize_u16 => visit_u16(300);
        deserialize_u32 => visit_u32(70_000);
        deserialize_u64 => visit_u64(3_000_000_000);
        deserialize_u128 => visit_u128(5_000_000_000);
        deserialize_i8 => visit_i8(-7);
        deserialize_i16 => visit_i16(-300);
        deserialize_i32 => visit_i32(-70_000);
        deserialize_i64 => visit_i64(-3_000_000_000);
        deserialize_i128 => visit_i128(-5_000_000_000);
        deserialize_f32 => visit_f32(1.5);
        deserialize_f64 => visit_f64(2.5);
        deserialize_char => visit_char('c');
        deserialize_bytes => visit_bytes(b"bytes");
        deserialize_byte_buf => visit_byte_buf(b"bytes".to_vec());
        deserialize_unit => visit_unit();
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("a type that does not say what it is cannot travel"))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.text())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_bare { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let count = usize::from(!self.is_bare);
        visitor.visit_seq(Several(self, count))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let count = usize::from(!self.is_bare);
        visitor.visit_map(Several(self, count))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Several(self, len))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Several(self, len))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Several(self, fields.len()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.rounds = self.rounds.max(variants.len());
        let index = u32::try_from(self.round.min(variants.len() - 1)).expect("few variants");
        visitor.visit_enum(Variant(self, index))
    }
}

/// The variant of this round.
struct Variant<'a>(&'a mut Maker, u32);

impl<'a, 'de> EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = &'a mut Maker;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, &'a mut Maker), Error> {
        let index = IntoDeserializer::<Error>::into_deserializer(self.1);
        seed.deserialize(index).map(|value| (value, self.0))
    }
}
