using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;
using DbUp.Builder;
using DbUp.Engine;

namespace Polydev.Broker.Storage;

/// <summary>
/// Brings a database's schema up to date: the embedded <c>Migrations/0001-….sql</c>, and for PostgreSQL those of
/// <c>Migrations/Postgres</c> between them. A released one is never changed.
/// </summary>
internal static class Migrations
{
    private const string Folder = "Polydev.Broker.Storage.Migrations.";
    private const string PostgresFolder = Folder + "Postgres.";

    /// <summary>In order.</summary>
    public static IReadOnlyList<SqlScript> OfBoth { get; } = Load(name => !name.StartsWith(PostgresFolder, StringComparison.Ordinal));

    /// <summary>In order; numbered from 1 without a gap.</summary>
    public static IReadOnlyList<SqlScript> OfPostgres { get; } = Load(_ => true);

    /// <summary>All in one transaction: nothing stays of a migration that fails. The caller keeps other processes out.</summary>
    /// <param name="connection">Reads which there are: most starts find all done, and write nothing.</param>
    /// <param name="option">Chooses another database, for the message.</param>
    /// <exception cref="StorageException">A newer version of the broker has already changed the schema.</exception>
    public static void Apply(
        DbConnection connection, UpgradeEngineBuilder builder, IReadOnlyList<SqlScript> scripts, string option, TimeProvider time)
    {
        connection.Execute(
            """
            CREATE TABLE IF NOT EXISTS schema_version (
                version INTEGER NOT NULL PRIMARY KEY,
                name TEXT NOT NULL,
                applied_at BIGINT NOT NULL
            )
            """);
        var known = VersionOf(scripts[^1]);
        var found = connection.ExecuteScalar<int>("SELECT coalesce(max(version), 0) FROM schema_version");
        if (found > known)
        {
            throw new StorageException(
                $"The database has schema {found}, made by a newer version; this one knows {known}. "
                + $"Update the broker, or choose another with {option}.");
        }

        if (found < known && Upgrade(builder, scripts, time) is { Successful: false } failed)
        {
            throw failed.Error;
        }
    }

    private static DatabaseUpgradeResult Upgrade(UpgradeEngineBuilder builder, IReadOnlyList<SqlScript> scripts, TimeProvider time) =>
        builder
            .WithScripts(scripts)
            .JournalTo((manager, _) => new Journal(manager, time))
            .WithTransaction()
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();

    private static int VersionOf(SqlScript script) => int.Parse(script.Name[..4], CultureInfo.InvariantCulture);

    private static List<SqlScript> Load(Func<string, bool> isWanted)
    {
        var assembly = typeof(Migrations).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && isWanted(name))
                .Select(name => SqlScript.FromStream(NameOf(name), assembly.GetManifestResourceStream(name)!))
                .OrderBy(script => script.Name, StringComparer.Ordinal),
        ];
    }

    // 0001-accounts-and-credentials
    private static string NameOf(string resource) => Path.GetFileNameWithoutExtension(resource).Split('.')[^1];

    /// <summary>What has been applied stands in <c>schema_version</c>, as it did before there was a library for it.</summary>
    private sealed class Journal(Func<DbUp.Engine.Transactions.IConnectionManager> manager, TimeProvider time) : IJournal
    {
        public string[] GetExecutedScripts() => manager().ExecuteCommandsWithManagedConnection(newCommand =>
        {
            using var command = newCommand();
            command.CommandText = "SELECT version, name FROM schema_version ORDER BY version";
            using var rows = command.ExecuteReader();
            var names = new List<string>();
            while (rows.Read())
            {
                names.Add($"{rows.GetInt32(0):0000}-{rows.GetString(1)}");
            }

            return names.ToArray();
        });

        public void StoreExecutedScript(SqlScript script, Func<IDbCommand> newCommand)
        {
            using var command = newCommand();
            command.CommandText = "INSERT INTO schema_version (version, name, applied_at) VALUES (@version, @name, @appliedAt)";
            Add(command, "version", VersionOf(script));
            Add(command, "name", script.Name[5..]);
            Add(command, "appliedAt", time.GetUtcNow().ToUnixTimeMilliseconds());
            command.ExecuteNonQuery();
        }

        public void EnsureTableExistsAndIsLatestVersion(Func<IDbCommand> newCommand)
        {
        }

        private static void Add(IDbCommand command, string name, object value)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
    }
}
