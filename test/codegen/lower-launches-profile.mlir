// RUN: mlc-opt %s --mlc-lower-launches=profile=true | FileCheck %s

// Each launch is followed by the number of its kernel, in the module's order.
// CHECK: func private @mlc_profile(i64)
// CHECK-LABEL: func @predict
// CHECK: call @second(
// CHECK-NEXT: %[[ONE:.*]] = arith.constant 1 : i64
// CHECK-NEXT: call @mlc_profile(%[[ONE]])
// CHECK: call @first(
// CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK-NEXT: call @mlc_profile(%[[ZERO]])
func.func private @first(%x: memref<64xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64} {
  return
}
func.func private @second(%x: memref<64xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64} {
  return
}
func.func @predict(%x: memref<64xf32>) {
  mlc.launch @second(%x) : (memref<64xf32>) -> ()
  mlc.launch @first(%x) : (memref<64xf32>) -> ()
  return
}
