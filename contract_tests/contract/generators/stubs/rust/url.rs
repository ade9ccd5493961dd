//! What generated clients name of url.
pub mod form_urlencoded {
    pub fn byte_serialize(_: &[u8]) -> std::vec::IntoIter<&'static str> {
        unimplemented!()
    }
}
