package org.openapitools.jackson.nullable;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.BeanPropertyWriter;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import java.io.IOException;
import java.util.List;

/** A property of which nothing is said is not sent; one that is said to be null is. */
public final class JsonNullableModule extends SimpleModule {
  @SuppressWarnings({"rawtypes", "unchecked"})
  public JsonNullableModule() {
    addSerializer((Class) JsonNullable.class, new Serializer());
    addDeserializer((Class) JsonNullable.class, new Deserializer(null));
    setSerializerModifier(new Modifier());
  }

  private static final class Serializer extends JsonSerializer<JsonNullable<?>> {
    @Override
    public void serialize(JsonNullable<?> value, JsonGenerator json, SerializerProvider provider) throws IOException {
      provider.defaultSerializeValue(value.orElse(null), json);
    }
  }

  private static final class Deserializer extends JsonDeserializer<JsonNullable<?>> implements ContextualDeserializer {
    private final JavaType contained;

    Deserializer(JavaType contained) {
      this.contained = contained;
    }

    @Override
    public JsonDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
      return new Deserializer(context.getContextualType().containedType(0));
    }

    @Override
    public JsonNullable<?> deserialize(JsonParser json, DeserializationContext context) throws IOException {
      return JsonNullable.of(context.readValue(json, contained));
    }

    @Override
    public JsonNullable<?> getNullValue(DeserializationContext context) {
      return JsonNullable.of(null);
    }
  }

  private static final class Modifier extends BeanSerializerModifier {
    @Override
    public List<BeanPropertyWriter> changeProperties(
        SerializationConfig config, BeanDescription description, List<BeanPropertyWriter> writers) {
      writers.replaceAll(writer -> writer.getType().hasRawClass(JsonNullable.class) ? new Writer(writer) : writer);
      return writers;
    }
  }

  private static final class Writer extends BeanPropertyWriter {
    Writer(BeanPropertyWriter base) {
      super(base);
    }

    @Override
    public void serializeAsField(Object bean, JsonGenerator json, SerializerProvider provider) throws Exception {
      if (get(bean) instanceof JsonNullable<?> value && value.isPresent()) super.serializeAsField(bean, json, provider);
    }
  }
}
