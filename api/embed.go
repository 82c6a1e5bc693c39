// Package api is the public contract: the description of the JSON API and the
// types that are generated from it. It imports no other package of Outcry.
package api

import _ "embed"

// Description is openapi.yaml, which is served at /api/v1/openapi.yaml.
//
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi.yaml
//go:generate sh -c "test ! -d ../frontend/node_modules || npm --prefix ../frontend run --silent types"
//go:embed openapi.yaml
var Description []byte
