//! The derives of serde as a generated client is compiled with them: each gives the trait, and looks at no field.
use proc_macro::{TokenStream, TokenTree};

fn name(item: TokenStream) -> String {
    let mut tokens = item.into_iter().skip_while(|token| {
        !matches!(token, TokenTree::Ident(word) if ["struct", "enum"].contains(&word.to_string().as_str()))
    });
    tokens.next();
    tokens.next().expect("a type has a name").to_string()
}

#[proc_macro_derive(Serialize, attributes(serde))]
pub fn serialize(item: TokenStream) -> TokenStream {
    format!("impl ::serde::Serialize for {} {{}}", name(item)).parse().unwrap()
}

#[proc_macro_derive(Deserialize, attributes(serde))]
pub fn deserialize(item: TokenStream) -> TokenStream {
    format!("impl<'de> ::serde::Deserialize<'de> for {} {{}}", name(item)).parse().unwrap()
}
