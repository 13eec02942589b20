//===-- runtime/Dataset.h - rows for a model's functions --------*- C++ -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_RUNTIME_DATASET_H
#define MLC_RUNTIME_DATASET_H

#include "mlc/model.h"
#include "runtime/AlignedBlock.h"
#include "runtime/Array.h"
#include "runtime/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace mlc::runtime {

/// An array for one input or target of a model, and where it came from.
struct NamedSource {
  std::string name; ///< of the input or target
  std::string file; ///< for messages; may be empty
  std::shared_ptr<const Array> array;
};

/// Arrays bound to the inputs of one function, row by row. Copies share the
/// arrays.
class Dataset {
public:
  /// Binds each input of `function` to the source of its name. Checks that
  /// none lacks one, that all have the same number of rows (at least one),
  /// that a row has the shape of the input (dimensions of 1 don't count, and
  /// rows of CSV files fit any shape), and that each element fits the input's
  /// dtype. Sources that the function doesn't take are left out. Sample weights
  /// may be missing, and are all 1 then, or be one for each row, repeated for
  /// all values of the row.
  static Expected<Dataset> bind(const mlc_function &function,
                                const std::vector<NamedSource> &sources);

  int64_t rows() const { return rowCount; }
  /// Calls needed to see each row once, `batch` at a time.
  int64_t batches(int64_t batch) const {
    return (rowCount + batch - 1) / batch;
  }

private:
  friend class BatchBuffer;
  struct Column {
    std::string name, file;
    std::shared_ptr<const Array> array; ///< null: all 1
    DType dtype;                        ///< of the input
    int64_t elements;                   ///< of one row
    int64_t range;                      ///< of ids, 0 if unchecked
    std::vector<int64_t> rowShape;

    bool isRepeated() const {
      return array && array->elements() < array->rows() * elements;
    }
  };
  static Expected<Column> bindInput(const mlc_tensor &input,
                                    const std::vector<NamedSource> &sources);

  Status countRows();

  std::vector<Column> columns;
  int64_t rowCount = 0;
};

/// Rows brought together for one call of a function.
class BatchBuffer {
public:
  BatchBuffer(const Dataset &data, int64_t batch);

  /// Rows order[begin], … or, without an order, begin, begin+1, …: as many as
  /// `batch` or as are left. Fails only when out of memory at construction.
  void gather(const std::vector<int64_t> *order, int64_t begin);

  int64_t rows() const { return rowCount; }
  const void *const *inputs() const { return pointers.data(); }

  /// Says in words what a function's status means for these rows: the file, the
  /// row and the value.
  Error explain(mlc_status status, const char *function) const;

private:
  void gatherColumn(size_t index, const std::vector<int64_t> *order,
                    int64_t begin);

  Dataset data;
  int64_t batch;
  std::vector<AlignedBlock> blocks;
  std::vector<const void *> pointers;
  std::vector<int64_t> gathered; ///< the rows in the dataset
  int64_t rowCount = 0;
};

} // namespace mlc::runtime

#endif // MLC_RUNTIME_DATASET_H
