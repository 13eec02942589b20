// RUN: mlc-opt %s | mlc-opt | FileCheck %s

// CHECK: module @digits attributes {mlc.batch = 32 : i64, mlc.model = "digits"}
module @digits attributes {mlc.model = "digits", mlc.batch = 32} {
  // CHECK: func private @train_step(tensor<2x3xf32> {mlc.name = "hidden/kernel", mlc.role = "parameter"},
  // CHECK-SAME: tensor<32xi32> {mlc.ignored = -1 : i64, mlc.name = "label", mlc.range = 10 : i64, mlc.role = "target"},
  // CHECK-SAME: tensor<32xf32> {mlc.name = "label/sample_weight", mlc.role = "sample_weight"})
  // CHECK-SAME: -> (tensor<2x3xf32> {mlc.name = "hidden/kernel", mlc.role = "parameter", mlc.updates = 0 : i64})
  func.func private @train_step(
      tensor<2x3xf32> {mlc.name = "hidden/kernel", mlc.role = "parameter"},
      tensor<32xi32> {mlc.name = "label", mlc.role = "target", mlc.range = 10, mlc.ignored = -1},
      tensor<32xf32> {mlc.name = "label/sample_weight", mlc.role = "sample_weight"})
      -> (tensor<2x3xf32> {mlc.name = "hidden/kernel", mlc.role = "parameter", mlc.updates = 0})
}
