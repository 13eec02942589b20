// RUN: mlc-opt %s -split-input-file -verify-diagnostics

// expected-error @+2 {{mlc.role: unknown role "weight"}}
// expected-note @+1 {{known are parameter, optimizer, statistic, step, key, metric, input, target, sample_weight, rows, seed, output, loss, gradient, cache}}
func.func private @role(tensor<f32> {mlc.role = "weight"})

// -----

// expected-error @+1 {{mlc.name: expected a name, found ""}}
func.func private @name(tensor<f32> {mlc.name = ""})

// -----

// expected-error @+1 {{mlc.range: expected a positive integer, found 0}}
func.func private @range(tensor<2xi32> {mlc.range = 0})

// -----

// expected-error @+1 {{mlc.ignored: expected an integer, found "none"}}
func.func private @ignored(tensor<2xi32> {mlc.range = 3, mlc.ignored = "none"})

// -----

// expected-error @+1 {{mlc.updates: expected the index of one of 1 arguments, found 1}}
func.func private @updates_index(tensor<f32>) -> (tensor<f32> {mlc.updates = 1})

// -----

// expected-error @+1 {{mlc.updates: result 0 of type 'tensor<3xf32>' updates argument 0 of type 'tensor<2xf32>'}}
func.func private @updates_type(tensor<2xf32>) -> (tensor<3xf32> {mlc.updates = 0})

// -----

// expected-error @+1 {{mlc.updates: results 0 and 1 update the same argument 0}}
func.func private @updates_twice(tensor<f32>) -> (tensor<f32> {mlc.updates = 0}, tensor<f32> {mlc.updates = 0})
