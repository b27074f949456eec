using System.Globalization;
using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Polydev.Broker.Storage;

/// <summary>Brings the schema up to date, each step in a transaction of its own.</summary>
internal static class SqliteMigrator
{
    /// <summary>Two processes may start at once: the second waits for the write lock, and then finds the step done.</summary>
    /// <exception cref="StorageException">A newer version of the broker has already changed the schema.</exception>
    public static void Apply(SqliteConnection connection, TimeProvider time)
    {
        connection.Execute(
            """
            CREATE TABLE IF NOT EXISTS schema_version (
                version INTEGER NOT NULL PRIMARY KEY,
                name TEXT NOT NULL,
                applied_at BIGINT NOT NULL
            )
            """);

        foreach (var migration in Migration.All)
        {
            if (VersionOf(connection) >= migration.Version)
            {
                continue;
            }

            // BEGIN IMMEDIATE: the write lock is taken before the version is read again.
            using var transaction = connection.BeginTransaction(deferred: false);
            if (VersionOf(connection) < migration.Version)
            {
                connection.Execute(migration.Sql, transaction: transaction);
                connection.Execute(
                    "INSERT INTO schema_version (version, name, applied_at) VALUES (@Version, @Name, @AppliedAt)",
                    new { migration.Version, migration.Name, AppliedAt = time.GetUtcNow().ToUnixTimeMilliseconds() },
                    transaction);
            }

            transaction.Commit();
        }

        var (found, known) = (VersionOf(connection), Migration.All[^1].Version);
        if (found > known)
        {
            throw new StorageException(
                $"The database has schema {found}, made by a newer version; this one knows {known}. "
                + "Update the broker, or choose another folder with --data.");
        }
    }

    private static int VersionOf(SqliteConnection connection) =>
        connection.ExecuteScalar<int>("SELECT coalesce(max(version), 0) FROM schema_version");
}

/// <summary>One numbered step of the schema, an embedded <c>Migrations/0001-….sql</c>. A released one is never changed.</summary>
internal sealed record Migration(int Version, string Name, string Sql)
{
    private const string Folder = "Polydev.Broker.Storage.Migrations.";

    /// <summary>In order, without a gap.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    private static List<Migration> Load()
    {
        var assembly = typeof(Migration).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => Read(assembly, name)),
        ];
    }

    private static Migration Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var name = Path.GetFileNameWithoutExtension(resource[Folder.Length..]);
        return new Migration(int.Parse(name[..4], CultureInfo.InvariantCulture), name[5..], reader.ReadToEnd());
    }
}
