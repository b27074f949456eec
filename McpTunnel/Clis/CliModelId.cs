using System.Text.RegularExpressions;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// A caller's model id comes to stand in argv, in a CLI's files and in a path of the vendor's address: it is to be a name and nothing else.
/// </summary>
internal static partial class CliModelId
{
    /// <exception cref="CliFailureException">
    /// It could be read as an option, as a way to another folder, or as a query; or it is over 200 characters.
    /// </exception>
    public static void ThrowIfUnfit(string id)
    {
        if (!Names().IsMatch(id))
        {
            throw new CliFailureException(FailureKind.UnknownModel, "This is not a model id of any CLI.", 404);
        }
    }

    // The clouds' ids have colons, slashes and brackets; a ".." would leave the vendor's folder of models.
    [GeneratedRegex(@"^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_.:@/+\[\]-]{0,199}\z")]
    private static partial Regex Names();
}
