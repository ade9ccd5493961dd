// Package oauth2 has what generated clients use of golang.org/x/oauth2, so that they compile where nothing can be fetched.
package oauth2

import "net/http"

type Token struct{ AccessToken string }

func (t *Token) SetAuthHeader(r *http.Request) { r.Header.Set("Authorization", "Bearer "+t.AccessToken) }

type TokenSource interface{ Token() (*Token, error) }
