using System.Globalization;
using Dapper;

namespace Polydev.Broker.Storage;

/// <summary>
/// Inserts many rows by few statements. PostgreSQL is asked less often with more rows in one; SQLite finds each of the parameters by going
/// through them all.
/// </summary>
/// <param name="ending">What follows the rows in the statement.</param>
internal sealed class RowInserts<T>(string table, string ending, (string Column, Func<T, object?> Value)[] columns)
{
    private const int RowsAtOnce = 12;

    private readonly string?[] _statements = new string?[RowsAtOnce + 1];

    public IEnumerable<(string Sql, DynamicParameters Parameters)> Of(IEnumerable<T> rows) =>
        rows.Chunk(RowsAtOnce).Select(some => (_statements[some.Length] ??= Statement(some.Length), ParametersOf(some)));

    // A parameter is named by its column and its row: @model7.
    private static string Name(string column, int row) => string.Create(CultureInfo.InvariantCulture, $"{column}{row}");

    private string Statement(int rows)
    {
        var names = string.Join(", ", columns.Select(column => column.Column));
        var values = Enumerable.Range(0, rows).Select(row => string.Join(", ", columns.Select(column => $"@{Name(column.Column, row)}")));
        return $"INSERT INTO {table} ({names}) VALUES {string.Join(", ", values.Select(row => $"({row})"))} {ending}";
    }

    private DynamicParameters ParametersOf(T[] rows)
    {
        var parameters = new DynamicParameters();
        for (var row = 0; row < rows.Length; row++)
        {
            foreach (var (column, value) in columns)
            {
                parameters.Add(Name(column, row), value(rows[row]));
            }
        }

        return parameters;
    }
}
