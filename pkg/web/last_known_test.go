package web

import (
	"testing"

	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

func TestTheListOfAllServicesIsKeptOnceForAllPages(t *testing.T) {
	var k LastKnown
	first, second := []status.Status{{Service: "a"}, {Service: "b"}}, []status.Status{{Service: "a", Observed: 5}, {Service: "b"}}
	k.keep("a", view.ServiceData{Status: &first[0], All: first})
	k.keep("b", view.ServiceData{Status: &second[1], All: second})
	for slug, d := range k.data {
		if d.All != nil {
			t.Errorf("the data of %s hold a list of %d services of their own", slug, len(d.All))
		}
	}
	d, ok := k.recall("a")
	if !ok || len(d.All) != 2 || d.All[0].Observed != 5 {
		t.Errorf("recall = %+v, %v; want the latest list of all services", d.All, ok)
	}
}
