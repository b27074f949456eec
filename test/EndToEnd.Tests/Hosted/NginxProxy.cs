using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Hosted;

/// <summary>A real nginx in the foreground, with README's servers. Where it is not installed the tests that need it are skipped.</summary>
internal sealed class NginxProxy : IAsyncDisposable
{
    private readonly string _folder;
    private RunningProgram? _running;
    private string _logged = string.Empty;

    private NginxProxy(string folder) => _folder = folder;

    /// <summary>All that it has logged.</summary>
    public string Log => $"{_logged}{_running?.Output}";

    /// <summary>Its path.</summary>
    public static string Require()
    {
        // Debian has it where not every user's PATH leads.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Append("/usr/sbin");
        var found = folders.Select(folder => Path.Combine(folder, "nginx")).FirstOrDefault(File.Exists);
        if (found is null)
        {
            Assert.Ignore("nginx is not installed (Debian: apt-get install nginx).");
        }

        return found!;
    }

    /// <param name="folder">Its own, where it keeps all that it writes.</param>
    /// <param name="servers">The blocks that stand in <c>http</c>.</param>
    public static async Task<NginxProxy> StartAsync(string folder, string servers)
    {
        // One process that this user may run, whose end is ours to see; the rest is where Debian's would write beyond the folder.
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), $$"""
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log stderr notice;
            events {}
            http {
              access_log off;
              client_body_temp_path body;
              proxy_temp_path proxy;
              fastcgi_temp_path fastcgi;
              uwsgi_temp_path uwsgi;
              scgi_temp_path scgi;
            {{servers}}
            }
            """);
        var proxy = new NginxProxy(folder);
        await proxy.StartAsync();
        return proxy;
    }

    /// <summary>Starts it, again on the same ports.</summary>
    public async Task StartAsync()
    {
        _logged = Log;
        _running = RunningProgram.Start(Require(), ["-p", _folder, "-c", Path.Combine(_folder, "nginx.conf"), "-e", "stderr"]);

        // It names itself once it listens.
        await _running.LineWithAsync(" nginx/");
    }

    /// <summary>Whoever is connected is cut off.</summary>
    public async Task StopAsync()
    {
        await _running!.TerminateAsync();
        Assert.That(await _running.ExitAsync(), Is.Zero, Log);
        await _running.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_running is not null)
        {
            await _running.DisposeAsync();
        }
    }
}
