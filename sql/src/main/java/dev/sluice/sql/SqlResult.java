// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Takes the rows of a statement as they come. */
@FunctionalInterface
public interface SqlResult {
    /** Reads all rows, or as many as are wanted. */
    void take(ResultSet rows) throws SQLException, IOException;
}
