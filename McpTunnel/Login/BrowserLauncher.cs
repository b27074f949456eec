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
            // Not waited for, and heard no more: some browsers stay in the foreground and talk.
            command.RedirectStandardOutput = command.RedirectStandardError = !command.UseShellExecute;
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

        if (OperatingSystem.IsMacOS())
        {
            return Has("SSH_CONNECTION") ? null : new ProcessStartInfo("open", [page.AbsoluteUri]);
        }

        return Has("DISPLAY") || Has("WAYLAND_DISPLAY") ? new ProcessStartInfo("xdg-open", [page.AbsoluteUri]) : null;

        bool Has(string name) => variables.TryGetValue(name, out var value) && value.Length > 0;
    }
}
