using System.Globalization;
using System.Reflection;

namespace Polydev.Broker.Storage;

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
