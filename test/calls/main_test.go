// Package calls tests the main job: a person calls, the robot listens,
// answers, can be interrupted and says goodbye, and all of it is kept.
package calls

import (
	"testing"

	"parley/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m, 4) }
