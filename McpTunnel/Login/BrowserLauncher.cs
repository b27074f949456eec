using System.ComponentModel;
using System.Diagnostics;

namespace Polydev.McpTunnel.Login;

/// <summary>Opens a page in the person's browser, where there is a screen to show it on.</summary>
internal static class BrowserLauncher
{
    /// <summary>Does nothing on a machine without a screen; the person has the address anyway.</summary>
    public static void Open(Uri page, IReadOnlyDictionary<string, string> variables)
    {
        if (CommandFor(page, variables) is not { } command)
        {
            return;
        }

        try
        {
            using var browser = Process.Start(command);
        }
        catch (Exception e) when (e is Win32Exception or FileNotFoundException)
        {
            // There is none that could be found.
        }
    }

    /// <summary>Null where there is no screen.</summary>
    public static ProcessStartInfo? CommandFor(Uri page, IReadOnlyDictionary<string, string> variables)
    {
        if (OperatingSystem.IsWindows())
        {
            return new ProcessStartInfo(page.AbsoluteUri) { UseShellExecute = true };
        }

        var opener = OperatingSystem.IsMacOS()
            ? Has("SSH_CONNECTION") ? null : "open"
            : Has("DISPLAY") || Has("WAYLAND_DISPLAY") ? "xdg-open" : null;

        // Some browsers stay in the foreground and talk: not on this terminal. The address is an argument, which the shell does not read.
        return opener is null
            ? null
            : new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$1\" >/dev/null 2>&1 </dev/null", opener, page.AbsoluteUri]);

        bool Has(string name) => variables.TryGetValue(name, out var value) && value.Length > 0;
    }
}
