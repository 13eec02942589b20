// RUN: mlc-opt %s --mlc-plan-memory -split-input-file | FileCheck %s

func.func private @step(%c: memref<4xf32>, %x: memref<4xf32>, %w: memref<4xf32>, %next: memref<4xf32>, %b: index, %e: index, %k: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
// What is stacked while it is carried lives in one row of slots, from the initial
// value to the final one: nothing is copied from round to round.
// CHECK-LABEL: func @stacked
// CHECK-SAME: (%{{[^:]*}}: memref<0xi8>, %[[ARENA:[^:]*]]: memref<128xi8>, %{{[^:]*}}: memref<1xi32>,
// CHECK-SAME: %[[X:[^:]*]]: memref<80xi8>, %[[H:[^:]*]]: memref<16xi8>, %[[W:[^:]*]]: memref<16xi8>, %[[Y:[^:]*]]: memref<80xi8>)
// CHECK: memref.view %[[H]]
// CHECK: memref.view %[[ARENA]]
// CHECK: memref.copy
// CHECK: scf.for %[[ROUND:.*]] = %{{.*}} to %{{.*}} step
// CHECK: %[[CURRENT:.*]] = memref.view %[[ARENA]]
// CHECK: %[[SLICE:.*]] = memref.view %[[X]]
// CHECK: %[[INVARIANT:.*]] = memref.view %[[W]]
// CHECK: arith.addi %[[ROUND]], %c1
// CHECK: %[[NEXT:.*]] = memref.view %[[ARENA]]
// CHECK: mlc.launch @step(%[[CURRENT]], %[[SLICE]], %[[INVARIANT]], %[[NEXT]])
// CHECK-NOT: memref.copy
// CHECK: }
// CHECK: memref.copy
// CHECK-NEXT: return
func.func @stacked(%x: tensor<5x4xf32> {mlc.name = "x", mlc.role = "input"}, %h: tensor<4xf32> {mlc.name = "h", mlc.role = "input"},
                   %w: tensor<4xf32> {mlc.name = "w", mlc.role = "input"})
    -> (tensor<5x4xf32> {mlc.name = "y", mlc.role = "output"}) {
  %0:2 = mlc.scan 5 init(%h : tensor<4xf32>) over(%x : tensor<5x4xf32>) with(%w : tensor<4xf32>) -> tensor<4xf32>, tensor<5x4xf32> {
  ^bb0(%c: tensor<4xf32>, %slice: tensor<4xf32>, %k: tensor<4xf32>):
    %1 = mlc.launch @step(%c, %slice, %k) : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    mlc.yield %1, %1 : tensor<4xf32>, tensor<4xf32>
  }
  return %0#1 : tensor<5x4xf32>
}

// -----

func.func private @step(%c: memref<4xf32>, %x: memref<4xf32>, %next: memref<4xf32>, %out: memref<4xf32>, %b: index, %e: index, %k: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
// Two slots in turn; with `reverse`, the last slice comes first. Outputs that
// the caller gets are written where he gets them.
// CHECK-LABEL: func @two_slots
// CHECK-SAME: %[[ARENA:[^:]*]]: memref<64xi8>, %{{[^:]*}}: memref<1xi32>,
// CHECK-SAME: %[[X:[^:]*]]: memref<80xi8>, %[[H:[^:]*]]: memref<16xi8>, %[[Y:[^:]*]]: memref<80xi8>)
// CHECK: scf.for %[[ROUND:.*]] = %
// CHECK: %[[AT:.*]] = arith.subi %c4{{.*}}, %[[ROUND]]
// CHECK: arith.addi %[[AT]], %c1
// CHECK: arith.remui %{{.*}}, %c2
// CHECK: %[[CURRENT:.*]] = memref.view %[[ARENA]]
// CHECK: memref.view %[[X]]
// CHECK: arith.remui %[[AT]], %c2
// CHECK: memref.view %[[ARENA]]
// CHECK: %[[OUT:.*]] = memref.view %[[Y]]
// CHECK: mlc.launch @step(%[[CURRENT]], %{{.*}}, %{{.*}}, %[[OUT]])
// CHECK-NOT: memref.copy
// CHECK: return
func.func @two_slots(%x: tensor<5x4xf32> {mlc.name = "x", mlc.role = "input"}, %h: tensor<4xf32> {mlc.name = "h", mlc.role = "input"})
    -> (tensor<5x4xf32> {mlc.name = "y", mlc.role = "output"}) {
  %0:2 = mlc.scan 5 reverse init(%h : tensor<4xf32>) over(%x : tensor<5x4xf32>) with() -> tensor<4xf32>, tensor<5x4xf32> {
  ^bb0(%c: tensor<4xf32>, %slice: tensor<4xf32>):
    %1:2 = mlc.launch @step(%c, %slice) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
    mlc.yield %1#0, %1#1 : tensor<4xf32>, tensor<4xf32>
  }
  return %0#1 : tensor<5x4xf32>
}

// -----

// What a round makes of arguments alone is copied at its end: here carried
// values change places.
// CHECK-LABEL: func @exchanged
// CHECK: scf.for
// CHECK: memref.copy
// CHECK: memref.copy
// CHECK: }
func.func @exchanged(%p: tensor<4xf32> {mlc.name = "p", mlc.role = "input"}, %q: tensor<4xf32> {mlc.name = "q", mlc.role = "input"})
    -> (tensor<4xf32> {mlc.name = "y", mlc.role = "output"}) {
  %0:2 = mlc.scan 3 init(%p, %q : tensor<4xf32>, tensor<4xf32>) over() with() -> tensor<4xf32>, tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    mlc.yield %b, %a : tensor<4xf32>, tensor<4xf32>
  }
  return %0#0 : tensor<4xf32>
}
