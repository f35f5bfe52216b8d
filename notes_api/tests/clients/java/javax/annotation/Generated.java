package javax.annotation;

/** Marks generated code. Java has lost this annotation after version 8, and openapi-generator still uses it. */
public @interface Generated {
    String[] value();

    String comments() default "";
}
