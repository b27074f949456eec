using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;

namespace Polydev.Broker.Storage;

/// <summary>
/// Inserts many rows by few statements, or by one that is run for each: a statement is made once for all rows of a call, and only its
/// values change from then on.
/// </summary>
/// <param name="ending">What follows the rows in the statement.</param>
internal sealed class RowInserts<T>(string table, string ending, (string Column, Func<T, object?> Value)[] columns)
{
    private readonly ConcurrentDictionary<int, string> _statements = [];

    /// <param name="rowsAtOnce">Of one statement: <see cref="Database.RowsAtOnce"/>.</param>
    /// <returns>The texts that the statements told, where their ending has them tell any.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(
        IEnumerable<T> rows, int rowsAtOnce, DbTransaction transaction, CancellationToken cancellationToken)
    {
        var told = new List<string>();
        foreach (var alike in rows.Chunk(rowsAtOnce).GroupBy(some => some.Length))
        {
            await using var command = CommandOf(alike.Key, transaction);
            foreach (var some in alike)
            {
                Fill(command, some);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                {
                    told.Add(reader.GetString(0));
                }
            }
        }

        return told;
    }

    // A parameter is named by its column and its row: @model7.
    private static string Name(string column, int row) => string.Create(CultureInfo.InvariantCulture, $"@{column}{row}");

    private DbCommand CommandOf(int rows, DbTransaction transaction)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = _statements.GetOrAdd(rows, Statement);
        foreach (var name in Enumerable.Range(0, rows).SelectMany(row => columns.Select(column => Name(column.Column, row))))
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private string Statement(int rows)
    {
        var names = string.Join(", ", columns.Select(column => column.Column));
        var values = Enumerable.Range(0, rows).Select(row => string.Join(", ", columns.Select(column => Name(column.Column, row))));
        return $"INSERT INTO {table} ({names}) VALUES {string.Join(", ", values.Select(row => $"({row})"))} {ending}";
    }

    private void Fill(DbCommand command, T[] rows)
    {
        for (var row = 0; row < rows.Length; row++)
        {
            for (var column = 0; column < columns.Length; column++)
            {
                command.Parameters[(row * columns.Length) + column].Value = columns[column].Value(rows[row]) ?? DBNull.Value;
            }
        }
    }
}
