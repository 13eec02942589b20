// RUN: mlc-opt %s --mlc-expand-math | FileCheck %s

// Functions of libm that double precision needs are declared once.
// CHECK-DAG: func private @exp(f64) -> f64
// CHECK-DAG: func private @erf(f64) -> f64

// Single precision: arithmetic on whole vectors.
// CHECK-LABEL: func @single
// CHECK-NOT: math.{{exp|log|tanh|erf}}
// CHECK-NOT: call
// CHECK: vector<16xf32>
// CHECK: return
func.func @single(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.log %0 : vector<16xf32>
  %2 = math.expm1 %1 : vector<16xf32>
  %3 = math.log1p %2 : vector<16xf32>
  %4 = math.tanh %3 : vector<16xf32>
  %5 = math.erf %4 : vector<16xf32>
  return %5 : vector<16xf32>
}

// Double precision: a call for each lane.
// CHECK-LABEL: func @double
// CHECK-COUNT-2: call @exp(
// CHECK-NOT: call @exp(
// CHECK: call @erf(
// CHECK-NOT: math.
// CHECK: return
func.func @double(%x: vector<2xf64>, %y: f64) -> (vector<2xf64>, f64) {
  %0 = math.exp %x : vector<2xf64>
  %1 = math.erf %y : f64
  return %0, %1 : vector<2xf64>, f64
}

// What processors do by themselves stays.
// CHECK-LABEL: func @instructions
// CHECK: math.sqrt
// CHECK: math.absf
func.func @instructions(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.sqrt %x : vector<16xf32>
  %1 = math.absf %0 : vector<16xf32>
  return %1 : vector<16xf32>
}
