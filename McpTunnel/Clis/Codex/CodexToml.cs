using Tomlyn.Model;
using Tomlyn.Serialization;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>TOML as tables, without reflection.</summary>
[TomlSerializable(typeof(TomlTable))]
internal sealed partial class CodexToml : TomlSerializerContext;
