using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>
/// Makes what one silo sends independent of what another receives, as a network would: arguments, results and exceptions are written by the codec of their type and read
/// again. What cannot be written fails the call by name. Calls of the runtime itself, which no interface declares, pass as they are. Safe from any thread.
/// </summary>
internal static class MessageCopies
{
    [ThreadStatic]
    private static (WireWriter Writer, WireReader Reader)? t_tools;

    /// <summary>Replaces the arguments of a call that is about to leave <paramref name="sender"/>.</summary>
    /// <exception cref="CodecNotFoundException">One of them cannot be serialised.</exception>
    public static void CopyArguments(SiloRuntime sender, Call call)
    {
        if (call.Info.Declaration is not { } method) return;
        foreach (var argument in call.Info.Arguments)
        {
            if (argument.FieldType == typeof(CancellationToken)) continue;
            try
            {
                argument.SetValue(call.ArgumentHolder, Copy(sender, CodecProvider.Shared.Get(argument.FieldType), argument.GetValue(call.ArgumentHolder)));
            }
            catch (CodecNotFoundException unknown)
            {
                throw new CodecNotFoundException($"{method.DeclaringType}.{method.Name}: {unknown.Message}");
            }
        }
    }

    public static T? Copy<T>(SiloRuntime sender, T? value) => (T?)Copy(sender, CodecProvider.Shared.Get<T>(), value);

    private static object? Copy(SiloRuntime sender, Codec codec, object? value)
    {
        if (value is null) return null;
        var (writer, reader) = t_tools ??= (new WireWriter(), new WireReader());
        writer.Session = reader.Session = new Session(sender);
        writer.Clear();
        codec.WriteBoxed(writer, 0, value);
        var bytes = writer.Written.ToArray();
        reader.Begin(bytes, 0, bytes.Length);
        return codec.ReadBoxed(reader, reader.Kind());
    }

    private sealed class Session(SiloRuntime sender) : IWireSession
    {
        public object Reference(GrainId grainId, Type interfaceType) => sender.References.Create(grainId, interfaceType);

        public void Sending(GrainReference reference)
        {
        }
    }
}
