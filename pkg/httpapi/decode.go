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

// buffers are reused between requests. A buffer larger than keptBuffer is left
// to the garbage collector.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const keptBuffer = 64 << 10

// read decodes the JSON object in the body, of at most limit bytes, into v.
func read(c *gin.Context, limit int64, v any) error {
	if err := jsonBody(c.Request.Header); err != nil {
		return err
	}
	tooLarge := func() error { return fault.New(fault.TooLarge, "the body may have %d bytes", limit) }
	if c.Request.ContentLength > limit {
		return tooLarge()
	}
	body := buffers.Get().(*bytes.Buffer)
	defer func() {
		if body.Cap() <= keptBuffer {
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

// jsonBody refuses bodies of any other type than plain JSON.
func jsonBody(h http.Header) error {
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

// decode reads one JSON object into v, which copies what it keeps of it. Fields
// that v does not have are ignored, so that clients may be newer than we are.
func decode(body []byte, v any) error {
	// encoding/json would quietly replace what is not UTF-8.
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
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fault.Field(wrong.Field, "must be %s", jsonType(wrong.Type))
	}
	return &fault.Error{Kind: fault.Malformed, Msg: "the body is not JSON", Err: err}
}

// jsonType names what JSON calls a value of type t.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "an array"
	default:
		return "an object"
	}
}
