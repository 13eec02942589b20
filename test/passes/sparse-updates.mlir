// RUN: mlc-opt %s --mlc-sparse-updates | FileCheck %s

// Plain gradient descent: the rows are scaled, then added to the table itself.
// CHECK-LABEL: func @descent
// CHECK-SAME: (%[[T:[^:]*]]: tensor<9x4xf32>, %[[IDS:[^:]*]]: tensor<3xi32>, %[[U:[^:]*]]: tensor<3x4xf32>)
// CHECK: %[[C:.*]] = mlc.constant dense<-1.000000e-01> : tensor<3x4xf32>
// CHECK: %[[S:.*]] = mlc.mul %[[U]], %[[C]] : tensor<3x4xf32>
// CHECK: %[[R:.*]] = mlc.scatter_add %[[T]], %[[IDS]], %[[S]]
// CHECK-NEXT: return %[[R]]
func.func @descent(%t: tensor<9x4xf32>, %ids: tensor<3xi32>, %u: tensor<3x4xf32>) -> tensor<9x4xf32> {
  %zeros = mlc.constant dense<0.0> : tensor<9x4xf32>
  %rate = mlc.constant dense<0.1> : tensor<9x4xf32>
  %g = mlc.scatter_add %zeros, %ids, %u : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>
  %s = mlc.mul %g, %rate : tensor<9x4xf32>
  %new = mlc.sub %t, %s : tensor<9x4xf32>
  return %new : tensor<9x4xf32>
}

// A table that is looked up twice: one scatter after the other. The rate is a
// scalar of the program.
// CHECK-LABEL: func @shared
// CHECK-SAME: (%[[T:[^:]*]]: tensor<9x4xf32>, %[[I:[^:]*]]: tensor<3xi32>, %[[U:[^:]*]]: tensor<3x4xf32>, %[[J:[^:]*]]: tensor<2xi32>, %[[V:[^:]*]]: tensor<2x4xf32>, %[[RATE:[^:]*]]: tensor<f32>)
// CHECK: %[[B:.*]] = mlc.broadcast %[[RATE]] dims [] : tensor<f32> -> tensor<3x4xf32>
// CHECK: %[[S:.*]] = mlc.mul %[[U]], %[[B]]
// CHECK: %[[N:.*]] = mlc.neg %[[S]]
// CHECK: %[[ONE:.*]] = mlc.scatter_add %[[T]], %[[I]], %[[N]]
// CHECK: %[[B2:.*]] = mlc.broadcast %[[RATE]] dims [] : tensor<f32> -> tensor<2x4xf32>
// CHECK: %[[S2:.*]] = mlc.mul %[[V]], %[[B2]]
// CHECK: %[[N2:.*]] = mlc.neg %[[S2]]
// CHECK: %[[TWO:.*]] = mlc.scatter_add %[[ONE]], %[[J]], %[[N2]]
// CHECK: return %[[TWO]]
func.func @shared(%t: tensor<9x4xf32>, %i: tensor<3xi32>, %u: tensor<3x4xf32>,
                  %j: tensor<2xi32>, %v: tensor<2x4xf32>, %rate: tensor<f32>) -> tensor<9x4xf32> {
  %zeros = mlc.constant dense<0.0> : tensor<9x4xf32>
  %0 = mlc.scatter_add %zeros, %i, %u : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>
  %1 = mlc.scatter_add %zeros, %j, %v : tensor<9x4xf32>, tensor<2xi32>, tensor<2x4xf32>
  %g = mlc.add %0, %1 : tensor<9x4xf32>
  %b = mlc.broadcast %rate dims [] : tensor<f32> -> tensor<9x4xf32>
  %s = mlc.mul %b, %g : tensor<9x4xf32>
  %new = mlc.sub %t, %s : tensor<9x4xf32>
  return %new : tensor<9x4xf32>
}

// A penalty on every element: dense, but the gradient is added to it by rows.
// CHECK-LABEL: func @penalty
// CHECK-SAME: (%[[T:[^:]*]]: tensor<9x4xf32>, %[[IDS:[^:]*]]: tensor<3xi32>, %[[U:[^:]*]]: tensor<3x4xf32>)
// CHECK: %[[P:.*]] = mlc.mul %[[T]],
// CHECK: %[[G:.*]] = mlc.scatter_add %[[P]], %[[IDS]], %[[U]]
// CHECK: %[[S:.*]] = mlc.mul %[[G]],
// CHECK: mlc.sub %[[T]], %[[S]]
func.func @penalty(%t: tensor<9x4xf32>, %ids: tensor<3xi32>, %u: tensor<3x4xf32>) -> tensor<9x4xf32> {
  %zeros = mlc.constant dense<0.0> : tensor<9x4xf32>
  %rate = mlc.constant dense<0.1> : tensor<9x4xf32>
  %g = mlc.scatter_add %zeros, %ids, %u : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>
  %p = mlc.mul %t, %rate : tensor<9x4xf32>
  %sum = mlc.add %g, %p : tensor<9x4xf32>
  %s = mlc.mul %sum, %rate : tensor<9x4xf32>
  %new = mlc.sub %t, %s : tensor<9x4xf32>
  return %new : tensor<9x4xf32>
}

// A square isn't a sum of rows; nor is a gradient that somebody else needs one
// that can be left out.
// CHECK-LABEL: func @dense
// CHECK: %[[G:.*]] = mlc.scatter_add
// CHECK: %[[Q:.*]] = mlc.mul %[[G]], %[[G]]
// CHECK: %[[N:.*]] = mlc.sub %{{.*}}, %[[Q]]
// CHECK: return %[[N]]
func.func @dense(%t: tensor<9x4xf32>, %ids: tensor<3xi32>, %u: tensor<3x4xf32>) -> tensor<9x4xf32> {
  %zeros = mlc.constant dense<0.0> : tensor<9x4xf32>
  %g = mlc.scatter_add %zeros, %ids, %u : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>
  %q = mlc.mul %g, %g : tensor<9x4xf32>
  %new = mlc.sub %t, %q : tensor<9x4xf32>
  return %new : tensor<9x4xf32>
}

// CHECK-LABEL: func @needed_elsewhere
// CHECK: %[[G:.*]] = mlc.scatter_add
// CHECK: %[[N:.*]] = mlc.sub %{{.*}}, %[[G]]
// CHECK: return %[[N]], %[[G]]
func.func @needed_elsewhere(%t: tensor<9x4xf32>, %ids: tensor<3xi32>, %u: tensor<3x4xf32>)
    -> (tensor<9x4xf32>, tensor<9x4xf32>) {
  %zeros = mlc.constant dense<0.0> : tensor<9x4xf32>
  %g = mlc.scatter_add %zeros, %ids, %u : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>
  %new = mlc.sub %t, %g : tensor<9x4xf32>
  return %new, %g : tensor<9x4xf32>, tensor<9x4xf32>
}
