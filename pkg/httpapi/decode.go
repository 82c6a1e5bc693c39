package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/fault"
)

// buffers are reused between requests, up to maxReusedBuffer bytes of capacity.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxReusedBuffer = 64 << 10

// readBody decodes the body, a JSON object of at most limit bytes, into v.
func readBody(c *gin.Context, limit int64, v any) error {
	if err := checkContentType(c.Request.Header); err != nil {
		return err
	}
	tooLarge := func() error { return fault.New(fault.TooLarge, "the body may have %d bytes", limit) }
	if c.Request.ContentLength > limit {
		return tooLarge()
	}
	body := buffers.Get().(*bytes.Buffer)
	defer func() {
		if body.Cap() <= maxReusedBuffer {
			body.Reset()
			buffers.Put(body)
		}
	}()
	if _, err := body.ReadFrom(http.MaxBytesReader(c.Writer, c.Request.Body, limit)); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return tooLarge()
		}
		return &fault.Error{Kind: fault.Malformed, Msg: "the body ended early", Err: err}
	}
	return decode(body.Bytes(), v)
}

// checkContentType refuses bodies that are compressed or not JSON.
func checkContentType(h http.Header) error {
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fault.New(fault.Unsupported, "the body must not be compressed")
	}
	value := h.Get("Content-Type")
	if value == "application/json" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(value)
	charset := params["charset"]
	if err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return fault.New(fault.Unsupported, "the body must have Content-Type: application/json, in UTF-8")
	}
	return nil
}

// decode decodes one JSON object into v. It ignores fields that v does not have,
// because clients may be newer than the server. It keeps nothing of body.
func decode(body []byte, v any) error {
	// encoding/json would replace invalid UTF-8 without an error.
	if !utf8.Valid(body) {
		return fault.New(fault.Malformed, "the body is not UTF-8")
	}
	if rest := bytes.TrimLeft(body, " \t\r\n"); len(rest) == 0 || rest[0] != '{' {
		return fault.New(fault.Malformed, "the body is not a JSON object")
	}
	err := json.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	var typeErr *json.UnmarshalTypeError
	if errors.As(err, &typeErr) {
		return fault.Field(typeErr.Field, "must be %s", jsonType(typeErr.Type))
	}
	return &fault.Error{Kind: fault.Malformed, Msg: "the body is not JSON", Err: err}
}

// jsonType returns the name of JSON for values of type t.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "an array"
	default:
		return "an object"
	}
}
