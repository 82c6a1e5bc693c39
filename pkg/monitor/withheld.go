package monitor

import (
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// logWithheld tells the operator of an anomaly that makes no outage, once for
// each reason: too few networks, one that sends too much, no history, not long
// enough, or what may be an echo.
func (m *Monitor) logWithheld(service string, w *watch, j incident.Judgement) {
	if !j.Anomalous() {
		w.withheld = ""
		return
	}
	var v detect.Verdict
	echo := ""
	for one := range j.Verdicts() {
		if one.Anomalous && one.Score >= v.Score {
			v = one
		}
	}
	if w.troubled() {
		v, echo = w.incident.Verdict, w.incident.EchoOf
	}
	switch v.Reason.Code {
	case detect.ReasonFewSources, detect.ReasonOneSource, detect.ReasonNoHistory, detect.ReasonBrief, detect.ReasonEcho:
	default:
		return
	}
	if v.Reason.Code == w.withheld {
		return
	}
	w.withheld = v.Reason.Code
	m.Log.Info("outage withheld", "service", service, "reason", string(v.Reason.Code), "echo_of", echo,
		"observed", v.Observed, "expected", v.Expected, "score", v.Score, "networks", v.Networks, "largest", v.Largest)
}
