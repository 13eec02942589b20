//===-- MlcDialect.h - the mlc dialect ----------------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_IR_MLCDIALECT_H
#define MLC_IR_MLCDIALECT_H

#include "ir/Shapes.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlc {
/// See Mlc_NonDifferentiable in MlcInterfaces.td.
template <typename ConcreteOp>
// NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility): MLIR makes traits.
class NonDifferentiable
    : public mlir::OpTrait::TraitBase<ConcreteOp, NonDifferentiable> {};
/// See Mlc_Recomputable in MlcInterfaces.td.
template <typename ConcreteOp>
// NOLINTNEXTLINE(bugprone-crtp-constructor-accessibility): MLIR makes traits.
class Recomputable : public mlir::OpTrait::TraitBase<ConcreteOp, Recomputable> {
};

/// Attributes of a model's functions, their arguments and results.
namespace attr {
constexpr llvm::StringLiteral kName = "mlc.name";
constexpr llvm::StringLiteral kRole = "mlc.role";
constexpr llvm::StringLiteral kRange = "mlc.range";
constexpr llvm::StringLiteral kIgnored = "mlc.ignored";
constexpr llvm::StringLiteral kUpdates = "mlc.updates";
constexpr llvm::StringLiteral kModel = "mlc.model";
constexpr llvm::StringLiteral kBatch = "mlc.batch";
/// On a kernel's function: its FusionKind.
constexpr llvm::StringLiteral kKernel = "mlc.kernel";
/// On a kernel: its operations (i64), for the choice to share them out.
constexpr llvm::StringLiteral kWork = "mlc.work";
/// On a kernel: the bytes that it moves if it touches each element once.
constexpr llvm::StringLiteral kTraffic = "mlc.traffic";
/// On a vectorized kernel: number of tiles, scratch elements of a worker, and
/// pairs [result, operand] that may share memory.
constexpr llvm::StringLiteral kTiles = "mlc.tiles";
constexpr llvm::StringLiteral kScratch = "mlc.scratch";
constexpr llvm::StringLiteral kShares = "mlc.shares";
/// On the module once memory is planned: dictionaries {name, role, type,
/// offset} of what is in the state and metrics blocks, and the blocks' bytes.
constexpr llvm::StringLiteral kState = "mlc.state";
constexpr llvm::StringLiteral kStateBytes = "mlc.state_bytes";
constexpr llvm::StringLiteral kMetrics = "mlc.metrics";
constexpr llvm::StringLiteral kMetricsBytes = "mlc.metrics_bytes";
/// On a planned function: dictionaries {name, role, type, range, ignored} of
/// its inputs and outputs; those of its arena {name, offset, bytes, first,
/// last}; the arena's bytes, the bytes of its largest live set; operations of a
/// call.
constexpr llvm::StringLiteral kInputs = "mlc.inputs";
constexpr llvm::StringLiteral kOutputs = "mlc.outputs";
constexpr llvm::StringLiteral kArena = "mlc.arena";
constexpr llvm::StringLiteral kArenaBytes = "mlc.arena_bytes";
constexpr llvm::StringLiteral kLiveBytes = "mlc.live_bytes";
constexpr llvm::StringLiteral kFlops = "mlc.flops";
} // namespace attr

/// The layer that an op came from: the outermost name in its location, or "".
llvm::StringRef getLayerName(mlir::Location loc);

/// Registers mlc and the upstream dialects that a module passes through on its
/// way to LLVM IR, with what those need to register beside themselves.
void registerAllDialects(mlir::DialectRegistry &registry);
} // namespace mlc

#include "ir/MlcDialect.h.inc"
#include "ir/MlcEnums.h.inc"
#include "ir/MlcInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/MlcAttributes.h.inc"
#define GET_OP_CLASSES
#include "ir/MlcOps.h.inc"

#endif // MLC_IR_MLCDIALECT_H
