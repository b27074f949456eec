using System.Diagnostics;
using Npgsql;
using NUnit.Framework;

namespace Polydev.TestKit;

/// <summary>
/// A real PostgreSQL of the test process's own, on a socket of its folder: started by the first test that asks for a database, and ended
/// with the process, however that ends. Where PostgreSQL is not installed those tests are skipped.
/// </summary>
public static class PostgresServer
{
    // PostgreSQL does not run as root. The Debian package brings this user.
    private const string User = "postgres";

    // Debian keeps each version's programs in a folder of their own.
    private static readonly EnumerationOptions AnyVersion = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1 };

    private static readonly Lazy<Server> Running = new(Start);
    private static int _databases;

    /// <summary>A new and empty database; Npgsql's connection string.</summary>
    public static string CreateDatabase()
    {
        if (Find("initdb") is null)
        {
            Assert.Ignore("PostgreSQL is not installed (Debian: apt-get install postgresql).");
        }

        var name = $"test_{Interlocked.Increment(ref _databases)}";
        Running.Value.Execute($"CREATE DATABASE {name}");
        return Running.Value.ConnectionString(name);
    }

    /// <summary>Whoever is still connected is cut off.</summary>
    public static void DropDatabase(string connectionString)
    {
        using (var any = new NpgsqlConnection(connectionString))
        {
            NpgsqlConnection.ClearPool(any);
        }

        Running.Value.Execute($"DROP DATABASE {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");
    }

    /// <summary>All that the database holds, as SQL. What stands in columns of bytes is readable where it is text.</summary>
    public static string Dump(string connectionString)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString);
        return Run(
            [Program("pg_dump"), "--host", database.Host!, "--username", database.Username!, database.Database!],
            ("PGOPTIONS", "-c bytea_output=escape"));
    }

    private static string? Find(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
        var debian = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql", "bin", AnyVersion) : [];
        return folders.Concat(debian).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }

    private static Server Start()
    {
        var folder = new TemporaryFolder();
        var data = Path.Combine(folder.FullName, "data");
        var isRoot = Environment.UserName == "root";
        if (isRoot)
        {
            Run(["chown", User, folder.FullName]);
        }

        string[] user = isRoot ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups"] : [];
        Run([.. user, Program("initdb"), "-D", data, "-U", User, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);

        // The shell waits for the end of its input, which comes with ours: no server outlives its tests. By a socket in its folder it is
        // reached without a port that somebody else could take.
        var process = Launch(
        [
            .. user, "sh", "-c", "\"$@\" & server=$!; read -r _; kill -INT $server; wait $server", "sh", Program("postgres"), "-D", data,
            "-h", "", "-k", folder.FullName, "-F",

            // A property opens a broker for each of its samples, each with a connection that it keeps.
            "-c", "max_connections=300",
        ]);
        var server = new Server(process, folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        server.WaitUntilReady();
        return server;
    }

    private static string Program(string name) =>
        Find(name) ?? throw new FileNotFoundException("It belongs to PostgreSQL, which is installed.", name);

    private static string Run(string[] command, params (string Name, string Value)[] environment)
    {
        using var process = Launch(command, environment);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{string.Join(' ', command)}: {output.Result}{errors}");
        return output.Result;
    }

    private static Process Launch(string[] command, params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        return Process.Start(info)!;
    }

    private sealed class Server(Process process, TemporaryFolder folder) : IDisposable
    {
        public string ConnectionString(string database) =>
            new NpgsqlConnectionStringBuilder { Host = folder.FullName, Username = User, Database = database }.ToString();

        public void Execute(string sql)
        {
            using var connection = new NpgsqlConnection(ConnectionString("postgres"));
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        /// <summary>Reads what it says until it is ready, and from then on in the background: a full pipe would stop it.</summary>
        public void WaitUntilReady()
        {
            var said = new List<string>();
            while (process.StandardError.ReadLine() is { } line)
            {
                said.Add(line);
                if (line.Contains("ready to accept connections", StringComparison.Ordinal))
                {
                    _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
                    return;
                }
            }

            Assert.Fail($"PostgreSQL did not start: {string.Join(' ', said)}");
        }

        public void Dispose()
        {
            NpgsqlConnection.ClearAllPools();
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
            folder.Dispose();
        }
    }
}
