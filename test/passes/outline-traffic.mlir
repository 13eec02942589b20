// RUN: mlc-opt %s --mlc-fuse --mlc-outline-kernels | FileCheck %s

// Of a table, the rows that are picked are moved, not the rest.
// CHECK-LABEL: func @rows
// CHECK: func private @table.gather
// CHECK-SAME: mlc.traffic = 72 : i64
func.func @rows(%table: tensor<100x4xf32>, %ids: tensor<2xi32>) -> tensor<2x4xf32> {
  %0 = mlc.gather %table, %ids : tensor<100x4xf32>, tensor<2xi32> -> tensor<2x4xf32> loc("table")
  return %0 : tensor<2x4xf32>
}
